"""Any history of lists, deaths, corrections, repeats and answers leaves the roster that a plain replay has."""

from datetime import date

from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.visits.roster.lists import number, row
from tests.visits.roster.replay import Line, Town, month_end
from tests.visits.roster.snapshots import AT, TODAY, load, person_of, read, release
from visits.roster import services
from visits.roster.imports.missing import asked_by
from visits.roster.models import Membership, MissingRow, Person, RosterImport
from visits.roster.services.missing import Answer, settle
from visits.roster.services.people import VISITOR_FIELDS

MONTHS = [date(2026, month, 1) for month in (8, 9, 10, 11)]
SERIALS = range(1, 8)
PHONES = ("", "13900001111", "13900002222")
WORDS = {"dibao": "低保", "tekun": "特困"}

lists = st.fixed_dictionaries(
    {
        "do": st.just("list"),
        "month": st.sampled_from(MONTHS),
        "group": st.sampled_from(sorted(WORDS)),
        "full": st.booleans() | st.just(True),
        "lines": st.lists(
            st.builds(
                Line, st.sampled_from(SERIALS), st.sampled_from(PHONES), st.sampled_from(["", "", "", "", "phone", "id"])
            ),
            min_size=1, max_size=7, unique_by=lambda line: line.serial,
        ),
        "twice": st.booleans(),
    }
)  # fmt: skip
answers = st.fixed_dictionaries(
    {
        "do": st.just("answer"),
        "group": st.sampled_from(sorted(WORDS)),
        "outcome": st.sampled_from(["stopped", "stopped", "dead", "departed", "left_out"]),
        "some": st.integers(1, 7),
    }
)
others = st.fixed_dictionaries(
    {"do": st.sampled_from(["die", "undo", "correct"]), "serial": st.sampled_from(SERIALS)}
)
histories = st.lists(lists | lists | answers | others, min_size=2, max_size=9)


@hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(histories)
def test_the_roster_is_what_a_plain_replay_says(cast, history) -> None:
    with transaction.atomic():
        town = Town()
        for step in history:
            STEPS[step["do"]](cast, town, step)
            assert found() == town.shape()
        transaction.set_rollback(True)


def _list(cast, town, step) -> None:
    rows = [
        row(
            line.serial, group=WORDS[step["group"]], phone="12" if line.fault == "phone" else line.phone,
            **({"id_number": number(line.serial)[:17]} if line.fault == "id" else {}),
        )
        for line in step["lines"]
    ]  # fmt: skip
    for _ in range(1 + step["twice"]):
        batch = read(cast, rows, step["month"], step["group"], full=step["full"])
        if batch.held:
            release(cast, batch)
        if batch.rows.exclude(verdict="wrong").exists():
            load(cast, batch)
        town.bring(step["month"], step["group"], step["full"], step["lines"])


def _answer(cast, town, step) -> None:
    newest = RosterImport.objects.full().filter(group_id=step["group"]).order_by("-month", "-pk").first()
    if newest is None:
        return
    rows = list(
        MissingRow.objects.open()
        .filter(asked_by(newest))
        .order_by("pk")
        .select_related("membership")[: step["some"]]
    )
    # What it is about is not what is tested here: 停发 not before somebody began.
    last = max([date(2026, 8, 1), *(r.membership.starts_on.replace(day=1) for r in rows)])
    if not rows:
        return
    settle(
        import_id=newest.pk, row_ids=[r.pk for r in rows], by=cast.township_clerk, at=AT,
        answer=Answer(step["outcome"], last_month=last, on=TODAY),
    )  # fmt: skip
    serials = {n for n in SERIALS if Person.objects.filter(pk__in=[r.person_id for r in rows], id_number__isnull=False).exists()
               and n in town.people and person_of(n).pk in {r.person_id for r in rows}}  # fmt: skip
    town.settle(serials, step["group"], step["outcome"], last, TODAY)
    assert month_end(last) >= last


def _die(cast, town, step) -> None:
    someone = town.people.get(step["serial"])
    if someone is not None and someone.status == "live":
        services.mark_left(
            person_id=person_of(step["serial"]).pk, status="dead", on=TODAY, by=cast.township_clerk, at=AT
        )
        someone.status = "dead"


def _undo(cast, town, step) -> None:
    someone = town.people.get(step["serial"])
    if someone is not None and someone.status != "live":
        services.undo_left(person_id=person_of(step["serial"]).pk, by=cast.township_clerk, at=AT)
        town.undo(step["serial"])


def _correct(cast, town, step) -> None:
    someone = town.people.get(step["serial"])
    if someone is not None:
        person = person_of(step["serial"])
        values = {name: getattr(person, name) for name in VISITOR_FIELDS} | {"phone": "13777777777"}
        services.edit_contact(
            person_id=person.pk, version=person.version, values=values, by=cast.township_clerk, at=AT
        )
        someone.phone, someone.corrected = "13777777777", True


STEPS = {"list": _list, "answer": _answer, "die": _die, "undo": _undo, "correct": _correct}


def found() -> dict[str, object]:
    """The roster in the shape of the replay."""
    serial_of = {number(n): n for n in SERIALS}
    people = {serial_of[person.id_number]: person for person in Person.objects.order_by("pk")}
    pks = {person.pk: serial for serial, person in people.items()}
    spans: dict[int, list[tuple]] = {}
    for member in Membership.objects.order_by("pk").select_related("listed"):
        listed = member.listed.month if hasattr(member, "listed") else None
        spans.setdefault(member.person_id, []).append(
            (member.group_id, member.starts_on, member.ends_on, listed)
        )
    rows = MissingRow.objects.select_related("batch", "membership").order_by("pk")
    return {
        "people": {
            serial: (person.phone, person.status, sorted(spans.get(person.pk, [])))
            for serial, person in people.items()
        },
        "questions": sorted(
            (pks[r.person_id], r.membership.group_id, r.membership.starts_on, r.batch.month, r.outcome)
            for r in rows
        ),
        "waiting": sorted(pks[pk] for pk in MissingRow.objects.open().values_list("person_id", flat=True)),
    }
