"""The newest visits of a file, read once for everything on its page that speaks of them."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from visits.records.models import Visit
from visits.records.wording import Form
from visits.records.wordings import forms_of
from visits.roster.models import Person
from xunfang.kit.prepared import Prepared

READ = 10  # eight on the page, and whether there are more; one that was taken back costs no second look

_NEWEST = Prepared[Visit](
    lambda *, person: (
        Visit.objects.filter(person__in=Person.objects.of_files([person]).values("pk"))
        .select_related("visitor", "recorder")
        .order_by("-visited_on", "-pk")[:READ]
    )
)


@dataclass
class Visited:
    """`rows`: the newest visits of the file and of those merged into it, voided ones too, the newest first."""

    person: Person
    rows: list[Visit] = field(default_factory=list)

    @property
    def every(self) -> bool:
        """Whether these are all there are."""
        return len(self.rows) < READ

    def since(self, start: date | None) -> list[Visit] | None:
        """Those from that day on (None: all), the oldest first; None when more would have to be read."""
        if not self.every and (start is None or self.rows[-1].visited_on >= start):
            return None
        return [row for row in reversed(self.rows) if start is None or row.visited_on >= start]

    def valid(self, most: int) -> list[Visit] | None:
        """The newest valid ones; None when more would have to be read."""
        found = [row for row in self.rows if row.voided_at is None][:most]
        return found if self.every or len(found) == most else None

    def newest(self) -> Visit | None:
        """The newest valid one."""
        found = self.valid(1)
        if found is None:
            rows = Visit.objects.valid().of_files([self.person.pk]).order_by("-visited_on", "-pk")
            found = list(rows[:1])
        return found[0] if found else None

    @cached_property
    def forms(self) -> dict[int, Form]:
        """The wordings of these visits."""
        return forms_of(row.form_version_id for row in self.rows)


def visited(person: Person) -> Visited:
    """One statement."""
    return Visited(person, _NEWEST.all(person=person.pk))
