"""房屋情况 as it stands on the file (practice P13)."""

from datetime import date

from django.db.models import Exists, OuterRef

from visits.roster.models import Dwelling, Person
from visits.templatetags.xf import day
from xunfang.kit.prepared import Prepared

NOBODY_LOOKED = "还没有人看过"


_DWELLING = Prepared[Dwelling](
    lambda *, person: Dwelling.objects.filter(person_id=person).select_related("confirmed_by")[:1]
)


def dwelling_of(person: Person) -> Dwelling | None:
    """The facts of somebody's dwelling; None: nobody has looked yet."""
    return _DWELLING.first(person=person.pk)


def at_risk() -> Exists:
    """For a person's row: the house stands low, by a slope or a stream, at a point of danger, or is unsafe."""
    return Exists(Dwelling.objects.filter(person=OuterRef("pk")).exclude(risks=[]))


def risk_words(codes: list[str]) -> str:
    """Risks in words, in the order of the form; “都没有” when there is none."""
    return (
        "、".join(risk.label for risk in Dwelling.Risk if risk.value in codes)
        or "低洼、山坡、溪边、地灾点、危房都不是"
    )


def words_of(found: Dwelling | None, today: date) -> list[tuple[str, str]]:
    """Label and words, for the file and the visit form; the telephone apart (`Dwelling.helper_phone`)."""
    if found is None:
        return [("房屋", NOBODY_LOOKED)]
    return [
        ("房屋", risk_words(found.risks)),
        ("转移责任人", found.helper or "还没写"),
        ("避灾点", found.refuge or "还没写"),
        ("看过", f"{day(found.confirmed_on, today)}，{found.confirmed_by.name}"),
    ]
