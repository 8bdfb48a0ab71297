"""写明理由后查看: at the city nobody's name is read until a reason is written; then one file, until the end of the day, and the county sees it."""

import re
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from accounts.models import LogEntry, Post
from accounts.roles import Role
from accounts.routes import routes
from tests.cast import Cast, make_person, make_user, signed_in
from tests.objects import KWARGS, Side, make_sides
from tests.visits.followup.casework import DAY, at, filed, on_duty
from tests.world import visit as visited
from visits.followup.services import emergencies
from visits.roster.models import Grant, Look, Person
from visits.roster.selectors.looking import listed
from visits.roster.services import CannotChange
from visits.roster.services.looking import look

CASES = "visits_followup:cases"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(at(DAY, 18), tick=False):
        yield


def asked(cast: Cast, person: Person, reason: str = "check", words: str = "抽查", **more: Any) -> Look:
    by = more.pop("by", cast.city_supervisor)
    return look(person_id=person.pk, reason=reason, words=words, by=by, at=more.pop("when", at(DAY, 18)))


def text(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    page = response.content.decode()
    assert "⟦" not in page
    return page


# ── what holds ───────────────────────────────────────────────────────────────────────────────────


def test_a_look_opens_one_file_until_the_end_of_the_day(cast: Cast) -> None:
    person, other = make_person(cast), make_person(cast, name="黄玉钗")
    city = cast.city_supervisor
    assert not Person.objects.visible_to(city).exists()
    row = asked(cast, person)
    assert (row.until, row.why) == (DAY, "检查、抽查，核对记录和签字：抽查")
    assert list(Person.objects.visible_to(city)) == [person]
    assert other not in Person.objects.visible_to(city)
    on_duty(city, DAY + timedelta(days=1))
    assert not Person.objects.visible_to(city).exists()


def test_it_ends_with_the_post_at_the_city(cast: Cast) -> None:
    person = make_person(cast)
    asked(cast, person)
    post = Post.objects.get(user=cast.city_supervisor)
    Post.objects.filter(pk=post.pk).update(role=Role.AUDITOR)
    assert not Person.objects.visible_to(on_duty(cast.city_supervisor, DAY)).exists()


def test_the_log_has_the_code_of_the_reason_and_not_its_words(cast: Cast) -> None:
    person = make_person(cast)
    asked(cast, person, reason="other", words="林依妹的女儿来信")
    entry = LogEntry.objects.get(action="city_looked")
    assert entry.detail == {"reason": "other"}
    assert (entry.object_id, entry.county_id, entry.actor_id) == (
        str(person.uuid), person.county_id, cast.city_supervisor.pk,
    )  # fmt: skip


def test_a_second_press_is_the_same_look(cast: Cast) -> None:
    person = make_person(cast)
    assert asked(cast, person) == asked(cast, person, reason="case")
    assert Look.objects.get().reason == "check"
    assert LogEntry.objects.filter(action="city_looked").count() == 1


@pytest.mark.parametrize(
    ("reason", "words", "why"),
    [("", "", "请选为什么要看"), ("curious", "", "请选"), ("other", " ", "请写明")],
)
def test_without_a_reason_nothing_opens(cast: Cast, reason: str, words: str, why: str) -> None:
    with pytest.raises(CannotChange, match=why):
        asked(cast, make_person(cast), reason=reason, words=words)
    assert not Look.objects.exists()


@pytest.mark.parametrize("who", ["county_officer", "inspector", "city_business", "auditor", "neighbour"])
def test_nobody_else_opens_a_file_this_way(cast: Cast, who: str) -> None:
    with pytest.raises(CannotChange, match="市局督查人员"):
        asked(cast, make_person(cast), by=getattr(cast, who))


def test_the_database_wants_a_reason_and_one_row_a_day_and_keeps_them(cast: Cast) -> None:
    row = asked(cast, make_person(cast))
    values = {"person": row.person, "by": row.by, "at": row.at}
    for bad in (
        {"reason": "", "until": date(2026, 12, 1)},
        {"reason": "other", "words": "", "until": date(2026, 12, 1)},
        {"reason": "check", "until": row.until},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Look.objects.create(**values, **bad)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        Look.objects.update(until=date(2027, 1, 1))
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        Look.objects.all().delete()


# ── the pages ────────────────────────────────────────────────────────────────────────────────────


def test_the_reason_is_asked_on_a_page_without_the_name(cast: Cast) -> None:
    person = make_person(cast, name="林依妹")
    client, address = signed_in(cast.city_supervisor), reverse("visits_roster:look", args=[person.uuid])
    theirs = reverse("visits_desk:person", args=[person.uuid])
    assert client.get(theirs)["Location"].startswith(address)
    page = text(client, address)
    assert "林**" in page
    assert "林依妹" not in page
    bad = client.post(address, {"reason": "other", "words": ""})
    assert bad.status_code == 422
    assert "请写明是什么事" in bad.content.decode()
    assert client.post(address, {"reason": "complaint", "words": "11月20日来信"})["Location"] == theirs
    page = text(client, theirs)
    assert "林依妹" in page
    assert "核对信访、12345转来的事：11月20日来信" in page
    # Opened today, the page of the reason leads on.
    assert client.get(address)["Location"] == theirs


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)", "evil"])
def test_the_reason_leads_to_no_other_site(cast: Cast, to: str) -> None:
    person = make_person(cast)
    address = reverse("visits_roster:look", args=[person.uuid])
    answer = signed_in(cast.city_supervisor).post(address, {"reason": "check", "words": "", "next": to})
    assert answer["Location"] == reverse("visits_desk:person", args=[person.uuid])


def test_every_list_of_the_city_masks_the_name_and_offers_the_way(cast: Cast) -> None:
    person = make_person(cast, name="张志坚")
    Person.objects.update(created_at=at(date(2020, 1, 1)))
    case = filed(cast, person)
    row, _ = emergencies.report(
        key=uuid.uuid4(), person_id=person.pk, kind="ill", words="张志坚晕倒了", by=on_duty(cast.township_clerk, DAY), at=at()
    )  # fmt: skip
    client = signed_in(cast.city_supervisor)
    way = reverse("visits_roster:look", args=[person.uuid])
    lists = {
        f"/overview/people?unit={cast.village.pk}&measure=roster": "",
        reverse("visits_followup:emergencies"): reverse("visits_followup:emergency", args=[row.uuid]),
        reverse(CASES): reverse("visits_followup:case", args=[case.uuid]),
    }
    for address, to in lists.items():
        page = text(client, address)
        assert "张志坚" not in page, address
        assert "张**" in page, address
        assert re.search(rf'href="{way}[^"]*"[^>]*>\s*写明理由后查看', page), address
        assert not to or client.get(to)["Location"] == f"{way}?{urlencode({'next': to})}", address
    asked(cast, person)
    for address, to in lists.items():
        assert "今天可以看" in text(client, address)
        if to:
            assert "张志坚" in text(client, to)


def test_the_number_of_cases_leads_the_city_to_the_list(cast: Cast) -> None:
    filed(cast, make_person(cast, created_at=at(date(2020, 1, 1))))
    page = text(signed_in(cast.city_supervisor), f"/timely?unit={cast.county.pk}")
    assert f"{reverse(CASES)}?which=all" in page
    assert reverse("visits_followup:changes") not in page


def test_the_county_reads_who_looked_and_why_and_nobody_else_does(cast: Cast) -> None:
    person = make_person(cast, name="林依妹")
    asked(cast, person, words="11月抽查")
    theirs, looks = reverse("visits_desk:person", args=[person.uuid]), reverse("visits_roster:looks")
    for who in ("county_officer", "county_head"):
        client = signed_in(getattr(cast, who))
        for address in (theirs, looks):
            page = text(client, address)
            assert "11月抽查" in page
            assert "CITY_SUP" in page
        assert looks in text(client, reverse("visits_roster:people"))
    for who in ("visitor", "village_head", "township_clerk", "inspector"):
        assert "11月抽查" not in text(signed_in(getattr(cast, who)), theirs)
    assert "11月抽查" not in text(signed_in(cast.neighbour), looks)


def test_at_the_city_one_reads_ones_own_looks_masked_again_on_the_next_day(cast: Cast) -> None:
    asked(cast, make_person(cast, name="林依妹"))
    other = make_user("另一位督查", "13800000999", Role.CITY_SUPERVISOR, cast.city)
    looks = reverse("visits_roster:looks")
    assert "林依妹" in text(signed_in(cast.city_supervisor), looks)
    assert "林" not in re.sub(r"<nav.*?</nav>", "", text(signed_in(other), looks)).split("</h1>")[1]
    with time_machine.travel(at(DAY + timedelta(days=1), 9), tick=False):
        page = text(signed_in(cast.city_supervisor), looks)
    assert "林依妹" not in page
    assert "林**" in page


def test_a_long_list_of_looks_costs_the_queries_of_a_short_one(cast: Cast) -> None:
    client = signed_in(cast.county_officer)

    def queries() -> int:
        client.get(reverse("visits_roster:looks"))
        with CaptureQueriesContext(connection) as caught:
            text(client, reverse("visits_roster:looks"))
        return len(caught)

    asked(cast, make_person(cast))
    few = queries()
    for n in range(12):
        asked(cast, make_person(cast, name=f"余细根{n}", village=cast.other_village if n % 2 else None))
    assert queries() == few


# ── every address ────────────────────────────────────────────────────────────────────────────────

LINK = re.compile(r'(?:href|action)="(/[^"#]*)')


def about_a_person() -> list[Any]:
    """Every route with an object in its address that the city may ask for, but for what is its own or a unit's."""
    free = re.compile(r"^(accounts|visits_core):|^visits_schedule:round|^visits_roster:look$")
    return [
        one for one in routes() if one.takes and Role.CITY_SUPERVISOR in one.rule.roles
        and not one.rule.public and not free.match(one.name)
    ]  # fmt: skip


def test_no_address_of_a_person_opens_without_a_reason_and_each_of_theirs_with_one(cast: Cast) -> None:
    ours, theirs = make_sides(cast)
    client = signed_in(cast.city_supervisor, Client(raise_request_exception=False))
    found = about_a_person()
    assert len(found) > 15

    def ask(route: Any, side: Side) -> Any:
        return client.get(reverse(route.name, kwargs=KWARGS[route.name](side)))

    def shut(route: Any, side: Side) -> str:
        answer = ask(route, side)
        gate = answer.status_code == 302 and resolve(answer["Location"].split("?")[0]).url_name == "look"
        return "" if answer.status_code == 404 or gate else f"{route.name}: {answer.status_code}"

    assert [fault for one in found for side in (ours, theirs) if (fault := shut(one, side))] == []
    for person in {KWARGS["visits_desk:person"](ours)["uuid"]}:
        asked(cast, Person.objects.get(uuid=person))
    assert [fault for one in found if (fault := shut(one, theirs))] == []
    closed = [one.name for one in found if ask(one, ours).status_code != 200]
    assert closed == [], "a page of the file that was opened does not open"


@pytest.mark.parametrize("name", ["visits_followup:case_paper", "visits_followup:ending_notice"])
def test_photographs_of_papers_stay_in_the_county_with_or_without_a_reason(cast: Cast, name: str) -> None:
    ours, _ = make_sides(cast)
    asked(cast, ours.person)
    address = reverse(name, kwargs=KWARGS[name](ours))
    assert signed_in(cast.city_supervisor).get(address).status_code == 403
    assert signed_in(cast.county_officer).get(address).status_code == 200


def test_no_page_of_an_opened_file_has_a_way_that_is_refused(cast: Cast) -> None:
    ours, _ = make_sides(cast)
    asked(cast, ours.person)
    client = signed_in(cast.city_supervisor, Client(raise_request_exception=False))
    faults = []
    lists = [
        one for one in routes() if one.name in (CASES, "visits_followup:emergencies", "visits_roster:looks")
    ]
    for route in [*lists, *about_a_person()]:
        if route.name.endswith("_pdf"):
            continue
        page = client.get(reverse(route.name, kwargs=KWARGS[route.name](ours) if route.takes else None))
        if not page["Content-Type"].startswith("text/html"):
            continue
        for link in set(LINK.findall(page.content.decode())):
            match = (
                resolve(link.replace("&amp;", "&").split("?")[0]) if not link.startswith("/static/") else None
            )
            rule = getattr(match.func, "rule", None) if match else None
            if rule is not None and not rule.public and Role.CITY_SUPERVISOR not in rule.roles:
                faults.append(f"{route.name} → {match.view_name}")
    assert sorted(set(faults)) == []


# ── files that were merged ───────────────────────────────────────────────────────────────────────


def merged(cast: Cast) -> tuple[Person, Person, Any]:
    """A file, and one that was merged into it, with a record of its own."""
    kept, shell = make_person(cast, name="林依妹"), make_person(cast, name="林依妺")
    record = visited(shell, cast.visitor, DAY)
    Person.objects.filter(pk=shell.pk).update(merged_into=kept)
    return kept, Person.objects.get(pk=shell.pk), record


def test_an_old_address_of_a_merged_file_leads_through_the_reason_to_the_file_that_is_kept(
    cast: Cast,
) -> None:
    kept, shell, record = merged(cast)
    client = signed_in(cast.city_supervisor)
    old, theirs = (reverse("visits_desk:person", args=[one.uuid]) for one in (shell, kept))
    gate = client.get(f"{old}?before=2026-11-01")["Location"]
    assert gate.startswith(reverse("visits_roster:look", args=[kept.uuid]))
    assert client.get(reverse("visits_records:visit", args=[record.uuid])).status_code == 404
    answer = client.post(gate, {"reason": "check", "words": "抽查"}, follow=True)
    assert answer.redirect_chain[-1][0] == theirs
    assert answer.status_code == 200
    assert client.get(old)["Location"] == theirs
    assert "林依妺" in text(client, reverse("visits_records:visit", args=[record.uuid]))


def test_what_is_lent_by_name_is_lent_with_the_files_merged_into_it(cast: Cast) -> None:
    kept, shell, record = merged(cast)
    Grant.objects.create(
        person=kept, to=cast.neighbour, reason="协助核对", until=DAY, created_by=cast.township_clerk
    )
    user = on_duty(cast.neighbour, DAY)
    assert set(Person.objects.visible_to(user)) == {kept, shell}
    assert list(type(record).objects.visible_to(user)) == [record]
    assert not Person.objects.visible_to(on_duty(cast.neighbour, DAY + timedelta(days=1))).exists()


def test_a_file_merged_after_the_look_is_found_under_the_one_it_is_kept_in(cast: Cast) -> None:
    kept, shell = make_person(cast, name="林依妹"), make_person(cast, name="林依妺")
    asked(cast, shell)
    Person.objects.filter(pk=shell.pk).update(merged_into=kept)
    client = signed_in(cast.city_supervisor)
    page = text(client, reverse("visits_roster:looks"))
    way = reverse("visits_roster:look", args=[kept.uuid])
    assert way in page
    assert str(shell.uuid) not in page
    assert client.get(way).status_code == 200
    assert str(shell.uuid) not in text(signed_in(cast.county_officer), reverse("visits_roster:looks"))


def test_a_page_of_looks_past_the_end_is_the_last_one(cast: Cast) -> None:
    asked(cast, make_person(cast, name="林依妹"))
    assert "林依妹" in text(signed_in(cast.county_officer), reverse("visits_roster:looks") + "?page=99")


def test_words_that_are_too_long_are_not_called_missing(cast: Cast) -> None:
    address = reverse("visits_roster:look", args=[make_person(cast).uuid])
    page = signed_in(cast.city_supervisor).post(address, {"reason": "other", "words": "事" * 101})
    assert "最多100个字" in page.content.decode()
    assert "请写明是什么事" not in page.content.decode()


def test_an_address_too_long_to_be_ours_leads_to_the_person(cast: Cast) -> None:
    person = make_person(cast)
    body = {"reason": "check", "words": "", "next": "/findings/?" + "a" * 600}
    answer = signed_in(cast.city_supervisor).post(reverse("visits_roster:look", args=[person.uuid]), body)
    assert answer["Location"] == reverse("visits_desk:person", args=[person.uuid])


def test_a_list_of_looks_reads_no_whole_id_number(cast: Cast) -> None:
    kept, _, _ = merged(cast)
    asked(cast, kept)
    row = listed(on_duty(cast.county_officer, DAY)).get()
    assert "id_number" in row.person.get_deferred_fields()


def test_the_photographs_of_a_merged_file_are_open_with_the_one_it_is_kept_in(cast: Cast) -> None:
    ours, _ = make_sides(cast)
    kept = make_person(cast, name="林依妹")
    address = reverse("visits_records:photo", args=[ours.photo.uuid])
    Person.objects.filter(pk=ours.photo.person_id).update(merged_into=kept)
    client = signed_in(cast.city_supervisor)
    assert client.get(address).status_code == 404
    asked(cast, kept)
    assert client.get(address)["Content-Type"] == "image/jpeg"
