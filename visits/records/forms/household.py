"""The form of a whole household (practice P18): one head, answers that are the household's given once, answers of
each member. Every member's part is weighed by the visit form itself: there is no second set of rules."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from visits.records.asking import MINOR, Asked
from visits.records.assessment import NOT_SEEN, Area
from visits.records.forms.fields import pick
from visits.records.forms.filling import initial_from
from visits.records.forms.visiting import VisitForm
from visits.records.models import Met, Visit
from visits.roster.models import Person

OWN_AREAS = ("health", "mind", MINOR)
PERSONAL = "personal_hygiene"  # of an area that is otherwise the household's
# What is asked beside an item: its reason, its note, whether it lasts and who cares.
PER_ITEM = ("", "unseen_", "note_", "failed_", "again_", "long_", "longcare_", "longback_")
NOBODY = "none"  # not met: nothing is recorded, the visit stays owed
CLASHES = [
    ("join", "一起去的：把我加进那一份，不再记"),
    ("skip", "那一份就够了：这位不记"),
    ("second", "那天确实去了两次：单独记"),
]


def shared(asked: Asked) -> Asked:
    """What is asked once for all: without the answers that are a person's own."""
    areas = tuple(
        replace(area, items=tuple(item for item in area.items if item.code != PERSONAL))
        for area in asked.form.areas
        if area.code not in OWN_AREAS
    )
    form = replace(asked.form, areas=areas)
    return replace(asked, form=form, minor=False, tekun=False, self_only=False, open_rows=())


def own(asked: Asked) -> Asked:
    """What is asked of each member."""
    areas = tuple(
        area
        if area.code in OWN_AREAS
        else replace(area, items=tuple(i for i in area.items if i.code == PERSONAL))
        for area in asked.form.areas
        if area.code in OWN_AREAS or any(item.code == PERSONAL for item in area.items)
    )
    return replace(asked, form=replace(asked.form, areas=areas), rounds=())


class OneOf(VisitForm):
    """The visit form with the person at the end of every name, so that several stand on one page and the script
    that knows `unseen_gas` knows `unseen_gas__12`."""

    def add_prefix(self, field_name: str) -> str:
        return f"{field_name}__{self.prefix}" if self.prefix else field_name


class MemberForm(OneOf):
    """A member's part of the page as it is drawn: how they were met, and their own answers."""

    def __init__(self, *args: Any, asked: Asked, **kwargs: Any) -> None:
        super().__init__(*args, asked=asked, **kwargs)
        states = [("self", "见到本人")]
        if not asked.self_only:
            states += [("proxy", "家人代述"), ("away", Met.AWAY.label)]
        self.fields["state"] = pick("见到了吗", [*states, (NOBODY, "没见到")])
        same = [("same", "与上次一致")] if self.copies else []
        changed = ("changed", "有变化" if self.copies else "逐项选")
        self.fields["own"] = pick("本人的情况", [*same, ("good", "都好"), changed])
        self.fields["clash"] = pick("那天已经有一份记录", CLASHES)

    @property
    def copies(self) -> bool:
        """Whether last time's own answers can be taken over."""
        return any(self.asked.can_copy(area) for area in self.asked.areas)

    def chosen(self, name: str) -> str:
        """What stands in a field, unchecked; "" for nothing or for what is not offered."""
        value = str(self[name].value() or "")
        return value if value in dict(self.fields[name].choices) else ""  # type: ignore[attr-defined]


class Member:
    """One person of the household: the part that is drawn, and after `weigh` what came of it."""

    def __init__(self, person: Person, asked: Asked, data: QueryDict | None, initial: dict[str, Any]) -> None:
        self.person, self.asked = person, asked
        self.form = MemberForm(data, asked=own(asked), prefix=str(person.pk), initial=initial)
        self.body: dict[str, Any] | None = None
        self.other_errors: list[str] = []

    @property
    def recorded(self) -> bool:
        """Whether a record is to be made: met or told about, and no other record of the day stands for it."""
        return self.form.chosen("state") in ("self", "proxy", "away") and not self.settled

    @property
    def settled(self) -> bool:
        return self.form.chosen("clash") in ("join", "skip")

    def weigh(self, house: VisitForm) -> None:
        """Let the visit form judge this member's whole visit: the shared answers and the own ones."""
        form = OneOf(self._data(house), asked=self.asked, prefix=str(self.person.pk))
        form.full_clean()
        self.body = form.body
        mine = {"met", "last", "contact_month", "area_self_care", "care_lost", *self._own_names()}
        errors = {name: found for name, found in form.errors.items() if name in mine}
        self.other_errors = [
            text for name, found in form.errors.items() if name not in mine for text in found
        ]
        self._draw(errors)

    def _draw(self, errors: dict[str, Any]) -> None:
        """Put the errors where they are drawn; an untouched part is asked for in one sentence."""
        drawn = self.form
        drawn._errors = forms.utils.ErrorDict()
        drawn.cleaned_data = {}
        if not drawn.chosen("own") and any(f"area_{code}" in errors for code in OWN_AREAS):
            drawn.add_error("own", f"{self.person.name}：本人的情况还没选")
        elif drawn.chosen("own") == "changed" and drawn.copies and self.recorded and not self._picked():
            drawn.add_error("own", f"{self.person.name}：点了有变化，请点出是哪一项")
        moved = {"met": "state", **{f"area_{area.code}": "own" for area in drawn.asked.areas}}
        for name, found in errors.items():
            target = moved.get(name, name)
            if target == "own" and "own" in drawn.errors:
                continue
            for text in found:
                drawn.add_error(target if target in drawn.fields else None, text)

    def _picked(self) -> bool:
        """Whether any answer of the fold was touched."""
        data: QueryDict = self.form.data  # type: ignore[assignment]
        names = [
            f"{part}{item.code}"
            for area in self.form.asked.areas
            for item in area.items
            for part in ("", "unseen_")
        ]
        return any(data.get(self.form.add_prefix(name)) for name in names)

    def _own_names(self) -> set[str]:
        found = {row.field for row in self.asked.open_rows}
        for area in self.form.asked.areas:
            if area.code in OWN_AREAS:  # the button of the other one is the household's
                found.add(f"area_{area.code}")
            for item in area.items:
                found |= {f"{part}{item.code}" for part in PER_ITEM}
        return found

    def _data(self, house: VisitForm) -> QueryDict:
        """The page as if this member alone had been visited: what is shared under the member's names."""
        page: QueryDict = self.form.data.copy()  # type: ignore[assignment]
        put = _Writer(page, self.person.pk)
        mine = {"last", "contact_month", "area_self_care", "care_lost", *self._own_names()}
        for name in OneOf(asked=self.asked).fields:
            if name not in mine:
                put(name, page.getlist(name))
        put("replaces", [])
        put("met", [self.form.chosen("state")])
        put("second", ["on"] if self.form.chosen("clash") == "second" else [])
        mode = house.cleaned_data.get("mode_more") or house.cleaned_data.get("mode") or "home"
        self._put_shared(put, house)
        for area in self.form.asked.areas:
            self._put_own(put, area, mode)
        return page

    def _put_shared(self, put: "_Writer", house: VisitForm) -> None:
        """The household's answers one by one: “与上次一致” means what stood on this page, for everybody."""
        if house.judged is None:
            return
        for area in house.asked.areas:
            put(f"area_{area.code}", [] if area.code == "safety" else ["changed"])
            for item in area.items:
                value = house.judged.values.get(item.code)
                reason = house.judged.reasons.get(item.code, "")
                put(f"unseen_{item.code}", [reason] if value == NOT_SEEN else [])
                put(item.code, [str(value)] if value not in (None, NOT_SEEN) else [])

    def _put_own(self, put: "_Writer", area: Area, mode: str) -> None:
        """The one button of a member for all of their own areas; what it answers beats what was picked below."""
        choice = self.form.chosen("own")
        if choice == "same":
            answers = self.form.asked.copied(area, mode)
        elif choice == "good":
            answers = self.form.asked.good(area)
        else:
            answers = {}
        for code, value in answers.items():
            put(code, [str(value)])
            put(f"unseen_{code}", [])
        picked = any(put.has(item.code) or put.has(f"unseen_{item.code}") for item in area.items)
        whole = area.code in OWN_AREAS
        if picked:
            put(f"area_{area.code}", ["changed"])
        elif whole:
            # Nothing is different here, in somebody with a change elsewhere.
            put(f"area_{area.code}", ["same"] if choice == "changed" and self.asked.can_copy(area) else [])
        elif choice == "changed" and (kept := self.form.asked.copied(area, mode)):
            for code, value in kept.items():
                put(code, [str(value)])


class _Writer:
    def __init__(self, page: QueryDict, pk: int) -> None:
        self.page, self.pk = page, pk

    def __call__(self, name: str, values: list[str]) -> None:
        self.page.setlist(f"{name}__{self.pk}", values)

    def has(self, name: str) -> bool:
        return any(self.page.getlist(f"{name}__{self.pk}"))


class HouseholdForm:
    """The whole page. After `is_valid`: `bodies` by person id for `services.submit_household`, and `joins`, the
    people whose record of that day only gets the name of whoever went along."""

    def __init__(
        self, members: list[tuple[Person, Asked]], data: QueryDict | None = None, initial: dict[str, Any] | None = None
    ) -> None:  # fmt: skip
        self.data = data
        initial = initial or {}
        asked = _lead(members)
        self.house = VisitForm(data, asked=shared(asked), initial=initial.get("", {}))
        self.members = [Member(person, one, data, initial.get(str(person.pk), {})) for person, one in members]
        self.bodies: dict[int, dict[str, Any]] = {}
        self.joins: list[int] = []
        self.errors: list[str] = []

    def is_valid(self) -> bool:
        recorded = [one for one in self.members if one.recorded]
        self.joins = [one.person.pk for one in self.members if one.form.chosen("clash") == "join"]
        self._weigh_house()
        for one in self.members:
            one._draw({})
        for one in recorded:
            one.weigh(self.house)
        if not recorded and not self.joins:
            self.errors.append("还没有点见到了谁。一个也没见到的，到各人那里记一次没见到。")
        if not self.house.errors:  # what the household's part does not explain is said as it is
            self.errors += list(dict.fromkeys(text for one in recorded for text in one.other_errors))
        wrong = bool(self.errors or self.house.errors or any(one.form.errors for one in self.members))
        if wrong or any(one.body is None for one in recorded):
            return False
        self.bodies = {one.person.pk: one.body for one in recorded if one.body is not None}
        return True

    def _weigh_house(self) -> None:
        """Only what is asked here counts: whether somebody was met is each member's question."""
        self.house.full_clean()
        if "met" in self.house.errors:
            del self.house.errors["met"]

    @property
    def fields(self) -> dict[str, Any]:
        """Every field by its name on the page: what a draft may hold."""
        found: dict[str, Any] = dict(self.house.fields)
        for one in self.members:
            found |= {one.form.add_prefix(name): field for name, field in one.form.fields.items()}
        return found

    def initial_from(self, body: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
        """A draft as initial values by part: "" is the household's, the others are ids of people."""
        parts: dict[str, dict[str, list[str]]] = {}
        for name, given in body.items():
            base, _, pk = name.partition("__")
            parts.setdefault(pk, {})[base] = given
        forms_of: dict[str, VisitForm] = {"": self.house}
        forms_of |= {str(one.person.pk): one.form for one in self.members}
        return {pk: initial_from(given, forms_of[pk]) for pk, given in parts.items() if pk in forms_of}

    def member(self, person_id: int) -> Member:
        return next(one for one in self.members if one.person.pk == person_id)

    @property
    def key(self) -> UUID:
        return self.house.cleaned_data["key"]  # type: ignore[no-any-return]

    @property
    def day(self) -> date:
        """The day the page is about."""
        return self.house.probable_day()


def _lead(members: list[tuple[Person, Asked]]) -> Asked:
    """Whose last visit speaks for the household: the newest one; with the rounds of all of them."""
    newest = max((one for _, one in members), key=lambda one: _age(one.last))
    rounds = {row.uuid: row for _, one in members for row in one.rounds}
    house = newest.dwelling or next((one.dwelling for _, one in members if one.dwelling), None)
    return replace(newest, rounds=tuple(rounds.values()), dwelling=house)


def _age(last: Visit | None) -> tuple[Any, ...]:
    return (last is not None, *((last.visited_on, last.pk) if last else ()))
