"""Who reads, as a value: everything of a user by which a list or a file differs."""

from dataclasses import dataclass
from typing import Any

from accounts.scoping import Duty
from visits.roster.models import Grant


@dataclass(frozen=True)
class Reader:
    """Stands where a queryset asks for a user (`visible_to`). `granted`: files that are open beside those of the
    reader's own units. The same for the same posts and grants, so that a statement that was put together for one page
    serves the next (`xunfang.kit.prepared`)."""

    pk: int
    duty: Duty
    granted: tuple[int, ...]

    @property
    def while_reading(self) -> dict[str, list[int]]:
        return {"open_to": list(self.granted)}


def reader_of(user: Any) -> Reader:
    """The user as a reader of today; one statement for the grants, unless they are known already."""
    return Reader(user.pk, user.duty, tuple(sorted(Grant.open_to(user))))
