"""Two people at the same moment, on two connections: one file, one winner, nothing lost."""

import threading
from collections.abc import Callable
from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from tests.cast import id_number, make_cast, make_person
from visits.core.idnumber import parse
from visits.roster import services
from visits.roster.imports import services as imports
from visits.roster.models import Grant, Membership, Person, Review
from visits.roster.services import AlreadyOnFile, CannotChange, Conflict, Details

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))


def both(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """What two threads that start together got: a result or the refusal."""
    gate, got = threading.Barrier(2), []

    def work(call: Callable[[], object]) -> None:
        gate.wait()
        try:
            got.append(call())
        except CannotChange as error:
            got.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(call,)) for call in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 2
    return got


def details(cast, number, **values) -> Details:
    return Details(
        "鄢依仙", number, number.sex, number.birth_date, cast.village.pk, phone="13900001127", **values
    )


def test_two_clerks_who_open_the_same_file_make_one(committed) -> None:
    cast = make_cast()
    number = parse(id_number(date(1943, 5, 6)), TODAY)

    def add() -> Person:
        return services.add_person(
            details=details(cast, number), group_id="dibao", starts_on=TODAY, by=cast.township_clerk, at=AT
        )

    got = both(add, add)
    assert Person.objects.count() == Membership.objects.count() == 1
    assert sum(isinstance(one, AlreadyOnFile) for one in got) == 1


def test_two_editors_of_one_version_one_wins_and_one_is_told(committed) -> None:
    cast = make_cast()
    person = make_person(cast)
    number = parse(person.id_number, TODAY)

    def edit(hamlet: str) -> Callable[[], object]:
        return lambda: services.edit_person(
            person_id=person.pk, version=1, details=details(cast, number, hamlet=hamlet),
            by=cast.township_clerk, at=AT,
        )  # fmt: skip

    got = both(edit("上坂"), edit("下坂"))
    (told,) = [one for one in got if isinstance(one, Conflict)]
    person.refresh_from_db()
    assert person.version == 2
    assert told.person.hamlet == person.hamlet


def test_two_groups_at_once_and_a_double_membership_never(committed) -> None:
    cast = make_cast()
    person = make_person(cast, groups=())

    def enter() -> object:
        return services.add_membership(
            person_id=person.pk, group_id="dibao", starts_on=TODAY, by=cast.township_clerk, at=AT
        )

    got = both(enter, enter)
    assert Membership.objects.count() == 1
    assert sum(isinstance(one, CannotChange) for one in got) == 1


def test_a_share_that_is_ended_twice_at_once_ends_once(committed) -> None:
    cast = make_cast()
    grant = services.share(
        person_id=make_person(cast).pk, to_id=cast.neighbour.pk, reason="一起上门", until=TODAY,
        by=cast.township_clerk, at=AT,
    )  # fmt: skip

    def end() -> object:
        return services.end_share(grant_id=grant.pk, by=cast.township_clerk, at=AT)

    got = both(end, end)
    assert sum(isinstance(one, CannotChange) for one in got) == 1
    assert not Grant.objects.filter(ended_at=None).exists()


def test_a_list_confirmed_twice_at_once_is_loaded_once(committed) -> None:
    from tests.visits.roster.lists import row, xlsx

    cast = make_cast()
    batch = imports.start(
        content=xlsx([row(1), row(2)]), file_name="a.xlsx", month=TODAY, default_start=date(2026, 10, 1),
        township_id=cast.township.pk, by=cast.township_clerk, at=AT,
    )  # fmt: skip
    imports.read(import_id=batch.pk, today=TODAY, at=AT, progress=lambda *_: None)

    def confirm() -> object:
        return imports.confirm(import_id=batch.pk, by=cast.township_clerk, at=AT)

    got = both(confirm, confirm)
    assert sum(isinstance(one, CannotChange) for one in got) == 1

    def load() -> object:
        return imports.load(import_id=batch.pk, today=TODAY, at=AT, progress=lambda *_: None)

    both(load, load)
    assert Person.objects.count() == 2


def _missing(cast, count: int):
    """A loaded full list on which some are missing."""
    from tests.visits.roster.snapshots import OCT, bring, lines

    bring(cast, lines(*range(1, count + 2)), OCT)
    return bring(cast, lines(1))


def test_two_clerks_who_settle_the_same_people_at_once_do_it_once(committed) -> None:
    from visits.roster.models import MissingRow
    from visits.roster.services.missing import Answer, settle

    cast = make_cast()
    batch = _missing(cast, 6)
    rows = list(MissingRow.objects.values_list("pk", flat=True))

    def call(outcome: str) -> Callable[[], object]:
        answer = Answer(outcome, last_month=date(2026, 10, 1), on=TODAY)
        return lambda: settle(import_id=batch.pk, row_ids=rows, answer=answer, by=cast.township_clerk, at=AT)

    got = both(call("stopped"), call("dead"))
    assert sum(isinstance(one, CannotChange) for one in got) == 1
    assert len(set(MissingRow.objects.values_list("outcome", flat=True))) == 1
    ended = Membership.objects.exclude(ends_on=None).count()
    died = Person.objects.filter(status="dead").count()
    assert sorted([ended, died]) == [0, 6]


def test_settling_while_the_next_list_loads_leaves_nobody_in_between(committed) -> None:
    from tests.visits.roster.snapshots import lines, read, release
    from visits.roster.models import MissingRow
    from visits.roster.services.missing import Answer, settle

    cast = make_cast()
    batch = _missing(cast, 6)
    rows = list(MissingRow.objects.values_list("pk", flat=True))
    following = read(cast, lines(1, 2, 3, 4))
    if following.held:
        release(cast, following)
    imports.confirm(import_id=following.pk, by=cast.township_clerk, at=AT)
    answer = Answer("stopped", last_month=date(2026, 10, 1))

    def load() -> object:
        return imports.load(import_id=following.pk, today=TODAY, at=AT, progress=lambda *_: None)

    def stop() -> object:
        return settle(import_id=batch.pk, row_ids=rows, answer=answer, by=cast.township_clerk, at=AT)

    got = both(load, stop)
    refused = any(isinstance(one, CannotChange) for one in got)
    # Either all six were stopped and the three of the new list began anew, or the list came first: the three
    # are on it again, and whoever settled what is no more was told so.
    outcomes = sorted(MissingRow.objects.values_list("outcome", flat=True))
    following.refresh_from_db()
    if refused:
        assert outcomes == ["", "", "", "back", "back", "back"]
        assert Membership.objects.filter(ends_on=None).count() == 7
    else:
        assert outcomes == ["stopped"] * 6
        assert not MissingRow.objects.open().exists()
        # They are on the list and their files changed since the preview: shown again, not lost.
        waiting = following.counts["again"]
        assert (waiting, following.state) == (3, "preview")
        assert Membership.objects.filter(ends_on=None).count() == 4 - waiting


def test_two_who_enter_the_same_certificate_leave_one(committed) -> None:
    cast = make_cast()
    person = make_person(cast)
    values = {"number": None, "kind": 4, "grade": 2, "valid_until": None}

    def enter() -> object:
        return services.add_row(
            kind="certificate", person_id=person.pk, values=values, by=cast.township_clerk, at=AT
        )

    got = both(enter, enter)
    assert person.certificates.filter(voided_at=None).count() == 1
    assert sum(isinstance(one, CannotChange) for one in got) == 1


def test_two_who_save_the_same_section_get_one_saved_and_one_shown_both(committed) -> None:
    cast = make_cast()
    person = make_person(cast)
    values = {"informed_on": TODAY, "informed_how": "paper", "family_notice": "no"}

    def save(family: str) -> Callable[[], object]:
        return lambda: services.edit_section(
            person_id=person.pk, version=1, section="notice", values=values | {"family_notice": family},
            by=cast.township_clerk, at=AT,
        )  # fmt: skip

    got = both(save("yes"), save("no"))
    assert sum(isinstance(one, Conflict) for one in got) == 1


def test_two_nights_at_once_ask_once(committed) -> None:
    cast = make_cast()
    make_person(cast, birth=date(1946, 12, 1), lives_alone=True)

    def night() -> object:
        return services.open_reviews(on=TODAY, at=AT)

    assert sorted(both(night, night)) == [0, 1]
    assert Review.objects.count() == 1


def test_two_taps_settle_a_question_once(committed) -> None:
    cast = make_cast()
    row = Review.objects.create(
        person=make_person(cast), kind="care_review", ref="1", due_on=TODAY, opened_at=AT
    )

    def settle() -> object:
        return services.settle_review(review_id=row.pk, outcome="changed", by=cast.township_clerk, at=AT)

    got = both(settle, settle)
    assert sum(isinstance(one, CannotChange) for one in got) == 1
