"""Whoever reads, as a value: statements that are the same for the same posts and grants are kept under it."""

from dataclasses import dataclass
from typing import Any

from accounts.scoping import Duty
from visits.roster.models import Grant


@dataclass(frozen=True)
class Reader:
    """Everything of a user by which a list differs, as a value."""

    pk: int
    duty: Duty
    granted: tuple[int, ...] = ()

    @classmethod
    def of(cls, user: Any) -> "Reader":
        return cls(user.pk, user.duty, tuple(sorted(Grant.open_to(user))))

    @property
    def while_reading(self) -> dict[str, list[int]]:
        return {"open_to": list(self.granted)}
