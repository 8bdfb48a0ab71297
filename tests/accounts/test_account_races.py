"""Two people at the same moment, on two connections."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

from django.contrib.auth.hashers import check_password
from django.db import connection

from accounts import openings, services
from accounts.handover import Plan, hand_over
from accounts.lists import services as lists
from accounts.models import LogEntry, Opening, Post, User
from accounts.openings import CannotOpen
from accounts.roles import Role
from accounts.services import CannotManage
from tests.accounts.test_lists import book, silent
from tests.cast import make_cast, make_person, make_user
from visits.roster.models import Person
from visits.schedule import services as schedule
from visits.schedule.services import CannotAssign

DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def both(*calls: Callable[[], object]) -> list[object]:
    """What threads that start together got: a result or the refusal."""
    gate, got = threading.Barrier(len(calls)), []

    def work(call: Callable[[], object]) -> None:
        gate.wait()
        try:
            got.append(call())
        except (CannotManage, CannotOpen, CannotAssign) as error:
            got.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_one_paper_used_by_four_at_once_opens_for_one(committed: str) -> None:
    cast = make_cast()
    user = make_user("林国清", "13900001127", Role.VISITOR, cast.village)
    openings.make(user_ids=[user.pk], by=cast.township_clerk, at=NOON, on=DAY)
    pk = Opening.objects.get().pk
    passwords = [f"Gushan-Spring-{n}" for n in range(4)]
    got = both(
        *(
            lambda password=password: (
                password, openings.use(opening_id=pk, password=password, at=NOON)
            )
            for password in passwords
        )
    )  # fmt: skip
    won = [one for one in got if isinstance(one, tuple)]
    assert len(won) == 1
    assert check_password(won[0][0], User.objects.get(pk=user.pk).password)
    assert LogEntry.objects.filter(action="account_opened").count() == 1


def test_two_printers_at_once_leave_one_paper_that_opens(committed: str) -> None:
    cast = make_cast()
    user = make_user("林国清", "13900001127", Role.VISITOR, cast.village)

    def make() -> object:
        return openings.make(user_ids=[user.pk], by=cast.township_clerk, at=NOON, on=DAY)[0]

    got = both(make, make)
    alive = [one for one in got if openings.by_link(one.link, NOON)]  # type: ignore[attr-defined]
    assert len(alive) == 1


def test_a_list_and_a_form_with_one_number_make_one_account(committed: str) -> None:
    cast = make_cast()
    batch = lists.start(
        content=book(("林国清", "13900001127", "月洲村", "委员")), file_name="x.xlsx", default_start=DAY,
        by=cast.township_clerk, at=NOON,
    )  # fmt: skip
    lists.read(import_id=batch.pk, today=DAY, at=NOON, progress=silent)
    lists.confirm(import_id=batch.pk, by=cast.township_clerk, at=NOON)
    got = both(
        lambda: lists.load(import_id=batch.pk, today=DAY, at=NOON, progress=silent),
        lambda: lists.load(import_id=batch.pk, today=DAY, at=NOON, progress=silent),
        lambda: services.create_user(
            name="林国清", phone="13900001127", staff_no=None,
            post=services.NewPost("liaison", cast.village.pk, "", DAY), by=cast.township_clerk, at=NOON, on=DAY,
        ),
    )  # fmt: skip
    user = User.objects.get(phone="13900001127")
    roles = set(Post.objects.filter(user=user).values_list("role", flat=True))
    refused = any(isinstance(one, CannotManage) for one in got)
    assert "visitor" in roles
    assert ("liaison" in roles) is not refused
    batch.refresh_from_db()
    assert batch.state == "done"


def test_people_given_to_somebody_who_is_being_handed_over_are_not_lost(committed: str) -> None:
    cast = make_cast()
    heir = make_user("接班人", "13900000301", Role.VISITOR, cast.village)
    make_person(cast)
    late = make_person(cast, assignee=heir)
    both(
        lambda: hand_over(
            user_id=cast.visitor.pk, plan=Plan(last_day=DAY, to_id=heir.pk), by=cast.township_clerk, at=NOON,
            on=DAY,
        ),
        lambda: schedule.assign(person_ids=[late.pk], to_id=cast.visitor.pk, by=cast.township_clerk, at=NOON),
    )  # fmt: skip
    # Whoever came second: the day after, nobody is with somebody out of office unseen.
    tomorrow = date(2026, 11, 25)
    astray = Person.objects.filter(assignee=cast.visitor)
    assert set(astray) <= set(Person.objects.without_visitor(tomorrow))
