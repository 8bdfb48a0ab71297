"""Small holes that were found by reading, each closed with the test that shows it."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Post
from accounts.roles import Role
from accounts.services import CannotManage, NewPost, create_user
from tests.cast import make_cast, make_person, make_user, signed_in
from visits.records.services.common import CannotVisit, lock_person
from visits.roster.models import Household
from visits.roster.services.people import household_of
from visits.schedule import services as schedule
from xunfang.kit import files

DAY = dt.date(2026, 11, 24)


@pytest.mark.django_db
@pytest.mark.parametrize("target", ["abc", "visits_roster:people", "//evil.example", "https://evil.example/"])
def test_a_strange_target_after_signing_in_leads_home(cast, target) -> None:
    response = signed_in(cast.visitor).get("/account/sign-in", {"next": target})
    assert (response.status_code, response["Location"]) == (302, "/")


@pytest.mark.django_db
def test_the_last_day_of_time_is_no_fault_of_the_log(cast) -> None:
    assert signed_in(cast.auditor).get("/account/log", {"day": "9999-12-31"}).status_code == 200


@pytest.mark.django_db
def test_reading_a_county_does_not_let_a_visitor_write_in_it(cast) -> None:
    Post.objects.create(
        user=cast.county_officer, region=cast.other_village, role=Role.VISITOR, starts_on=dt.date(2020, 1, 1)
    )
    cast.refresh()
    person = make_person(cast)
    with pytest.raises(CannotVisit):
        lock_person(person.pk, cast.county_officer)
    theirs = make_person(cast, village=cast.other_village, assignee=cast.county_officer)
    assert lock_person(theirs.pk, cast.county_officer).pk == theirs.pk


@pytest.mark.django_db
def test_nobody_is_given_to_a_closed_account(cast) -> None:
    gone = make_user("走了的", "13800000391", Role.VISITOR, cast.village)
    gone.is_active = False
    gone.save()
    with pytest.raises(schedule.CannotAssign):
        schedule.assign(
            person_ids=[make_person(cast).pk], to_id=gone.pk, by=cast.township_clerk, at=timezone.now()
        )


def _at_once(work, count: int = 4) -> list:
    results: list = []

    def run() -> None:
        try:
            results.append(work())
        except CannotManage as error:
            results.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_one_household_for_one_certificate_however_many_bring_it(committed) -> None:
    cast = make_cast()
    _at_once(lambda: household_of(cast.village, "张志坚", "DB202400001"))
    assert Household.objects.count() == 1


def test_one_account_for_one_telephone_however_many_make_it(committed) -> None:
    cast = make_cast()
    post = NewPost(role=Role.VISITOR, region_id=cast.village.pk, title="", starts_on=DAY, ends_on=None)
    results = _at_once(
        lambda: create_user(
            name="林建忠",
            phone="13800000392",
            staff_no=None,
            post=post,
            by=cast.township_clerk,
            at=timezone.now(),
            on=DAY,
        )
    )
    assert len(results) == 4
    assert results.count("这个手机号已经有账号") == 3


def test_content_that_comes_again_while_it_expires_is_there(committed) -> None:
    later = timezone.now() + dt.timedelta(days=8)

    def cycle() -> None:
        for _ in range(15):
            kept = files.store(b"same", name="n", content_type="x", kind="k", owner_id=None)
            files.store(b"same", name="n", content_type="x", kind="k", owner_id=None, keep_days=7)
            files.delete_expired(later)
            assert files.read(kept) == b"same"

    assert len(_at_once(cycle, 3)) == 3


@pytest.mark.django_db
def test_a_death_told_as_an_attempt_stands_on_the_clerk_s_page(cast) -> None:
    import uuid

    from tests.world import evening
    from visits.records.services import attempt
    from visits.roster.models import Person

    today = timezone.localdate()
    cast.refresh(today)
    person = make_person(cast, name="苏桂垚")
    Person.objects.update(created_at=evening(today - dt.timedelta(days=90)))
    body = {
        "tried_on": today,
        "part_of_day": "am",
        "mode": "home",
        "outcome": "died",
        "note": "",
        "next_on": None,
    }
    attempt(person_id=person.pk, by=cast.visitor, at=timezone.now(), key=uuid.uuid4(), body=body)
    html = signed_in(cast.township_clerk).get("/").content.decode()
    assert "苏桂垚：巡访人说已去世，请核实" in html
    assert f"/person/{person.uuid}" in html


@pytest.mark.django_db
def test_on_the_telephone_one_tick_says_that_hygiene_was_not_seen(cast) -> None:
    person = make_person(cast, name="谢桂香")
    html = signed_in(cast.visitor).get(f"/records/people/{person.uuid}/visit").content.decode()
    assert 'name="area_hygiene" id="id_area_hygiene_unseen" value="unseen"' in html
    assert "三项都没看到" in html
