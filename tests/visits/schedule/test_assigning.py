"""划分巡访人: a township in one table, shown before it happens, all or nothing, nothing lost to a change meanwhile."""

import datetime as dt
import threading

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import LogEntry, Region
from accounts.roles import Role
from tests.cast import make_cast, make_person, make_user, signed_in
from visits.roster.models import Person
from visits.schedule import assigning, services
from visits.schedule.assigning import Place
from visits.schedule.models import DueItem

DAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
URL = "/due/assign"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOON, tick=False):
        yield


def people(cast, count: int, village: Region, hamlet: str = "", **values) -> list[Person]:
    made = [make_person(cast, name=f"林{n}", village=village, hamlet=hamlet, **values) for n in range(count)]
    return made


def nobody(cast, count: int, village: Region, hamlet: str = "") -> None:
    made = people(cast, count, village, hamlet)
    Person.objects.filter(pk__in=[one.pk for one in made]).update(assignee=None)


def look(client, **choices):
    return client.post(URL, {"which": "nobody", "act": "look", **choices}, follow=True)


@pytest.mark.django_db
def test_the_table_tells_people_unassigned_and_who_visits_now(cast) -> None:
    people(cast, 3, cast.village, "上坂")
    nobody(cast, 2, cast.village, "下坂")
    nobody(cast, 1, cast.other_village)
    nobody(cast, 1, cast.other_county_village)
    context = signed_in(cast.township_clerk).get(URL).context
    rows = {row["name"]: row for row in context["rows"]}
    assert (rows["月洲村"]["people"], rows["月洲村"]["nobody"], rows["月洲村"]["now"]) == (5, 2, "VISITOR3")
    assert [(one["name"], one["nobody"]) for one in rows["月洲村"]["hamlets"]] == [("上坂", 0), ("下坂", 2)]
    assert (context["people"], context["nobody"], len(rows)) == (6, 3, 2)


@pytest.mark.django_db
def test_a_township_is_settled_in_one_go_after_looking_at_it(cast) -> None:
    """J0: 未落实巡访人员 becomes 0."""
    people(cast, 3, cast.village)
    nobody(cast, 2, cast.village)
    nobody(cast, 4, cast.other_village)
    services.generate(on=DAY)
    other = make_user("谢依水", "13800000301", Role.VISITOR, cast.other_village)
    client = signed_in(cast.township_clerk)
    choices = {f"v{cast.village.pk}": cast.visitor.pk, f"v{cast.other_village.pk}": other.pk}
    page = look(client, **choices)
    html = page.content.decode()
    assert "月洲村2人" in html
    assert "未落实2人" in html
    assert "谢依水 0人→4人" in html
    assert "VISITOR 3人→5人" in html
    assert not Person.objects.filter(assignee=other).exists()
    done = client.post(
        URL, {"which": "nobody", "act": "apply", "shown": page.context["shown"], **choices}, follow=True
    )
    assert "6人分好了" in done.content.decode()
    assert done.context["nobody"] == 0
    assert DueItem.objects.filter(assignee=other).count() == 4
    rows = LogEntry.objects.filter(action="people_assigned").values_list("object_id", "detail__people")
    assert set(rows) == {(str(cast.village.pk), 2), (str(cast.other_village.pk), 4)}


@pytest.mark.django_db
def test_everybody_or_only_who_has_nobody(cast) -> None:
    people(cast, 3, cast.village)
    nobody(cast, 2, cast.village)
    other = make_user("谢依水", "13800000301", Role.VISITOR, cast.village)
    wishes = {Place(cast.village.pk): other.pk}
    (only,) = assigning.steps(wishes, only_nobody=True, by=cast.township_clerk)
    (every,) = assigning.steps(wishes, only_nobody=False, by=cast.township_clerk)
    assert (len(only.people), dict(only.was)) == (2, {None: 2})
    assert (len(every.people), dict(every.was)) == (5, {None: 2, cast.visitor.pk: 3})
    assert assigning.steps(
        {Place(cast.village.pk): cast.visitor.pk}, only_nobody=False, by=cast.township_clerk
    )[0].was == {None: 2}


@pytest.mark.django_db
def test_a_hamlet_goes_before_its_village(cast) -> None:
    nobody(cast, 2, cast.village, "上坂")
    nobody(cast, 3, cast.village, "下坂")
    other = make_user("谢依水", "13800000301", Role.VISITOR, cast.village)
    place = Place(cast.village.pk, "上坂")
    page = look(
        signed_in(cast.township_clerk), **{f"v{cast.village.pk}": cast.visitor.pk, place.key: other.pk}
    )
    said = {step["where"]: (step["n"], step["to"]) for step in page.context["steps"]}
    assert said == {"月洲村上坂": (2, "谢依水"), "月洲村": (3, "VISITOR")}
    assert "上坂" not in place.key


@pytest.mark.django_db
def test_the_list_changed_meanwhile_is_told_and_the_choices_are_kept(cast) -> None:
    nobody(cast, 2, cast.village)
    client = signed_in(cast.township_clerk)
    choices = {f"v{cast.village.pk}": cast.visitor.pk}
    shown = look(client, **choices).context["shown"]
    nobody(cast, 1, cast.village)
    response = client.post(URL, {"which": "nobody", "act": "apply", "shown": shown, **choices})
    assert response.status_code == 409
    html = response.content.decode()
    assert "名单有变动" in html
    assert "月洲村3人" in html
    assert not Person.objects.exclude(assignee=None).exists()
    again = {"which": "nobody", "act": "apply", "shown": response.context["shown"], **choices}
    assert client.post(URL, again).status_code == 302
    assert Person.objects.filter(assignee=cast.visitor).count() == 3


@pytest.mark.django_db
def test_opening_a_village_and_going_back_keep_what_was_chosen(cast) -> None:
    for village in (cast.village, cast.other_village):
        for n in range(8):
            nobody(cast, 1, village, f"组{n}")
    client = signed_in(cast.township_clerk)
    assert [len(row["hamlets"]) for row in client.get(URL).context["rows"]] == [0, 0]
    choices = {f"v{cast.other_village.pk}": cast.township_clerk.pk}
    opened = client.post(URL, {"which": "all", "open": cast.village.pk, **choices}, follow=True)
    assert opened.status_code == 200
    rows = {row["pk"]: row for row in opened.context["rows"]}
    assert len(rows[cast.village.pk]["hamlets"]) == 8
    assert str(rows[cast.other_village.pk]["field"].value()) == str(cast.township_clerk.pk)
    back = client.post(URL, {"which": "all", "act": "back", **choices}, follow=True)
    assert f'value="{cast.township_clerk.pk}" selected' in back.content.decode()


@pytest.mark.django_db
def test_only_who_holds_a_post_there_can_be_chosen(cast) -> None:
    nobody(cast, 1, cast.village)
    other = make_user("别村的", "13800000301", Role.VISITOR, cast.other_village)
    response = look(signed_in(cast.township_clerk), **{f"v{cast.village.pk}": other.pk})
    assert response.status_code == 422
    assert "请从名单里选一位" in response.content.decode()
    names = {name for _, name, _ in assigning.eligible(cast.township_clerk, DAY)[cast.village.pk]}
    same = {user.name for user in services.visitors_for(cast.village, DAY)}
    assert names == same
    assert "别村的" not in names


@pytest.mark.django_db
def test_nothing_chosen_says_so_and_others_may_not(cast) -> None:
    nobody(cast, 1, cast.village)
    response = look(signed_in(cast.township_clerk))
    assert response.status_code == 422
    assert "还没有给哪个村选巡访人" in response.content.decode()
    for who in ("township_head", "visitor", "county_officer"):
        assert signed_in(cast.users[who]).get(URL).status_code == 403
    strange = look(signed_in(cast.township_clerk), **{f"v{cast.other_county_village.pk}": cast.neighbour.pk})
    assert strange.status_code == 422


@pytest.mark.django_db
def test_forty_villages_with_450_people_are_one_page_under_a_hundred_kilobytes(cast) -> None:
    units = list(Region.objects.filter(level=4, county_id=cast.county.pk).order_by("pk")[:40])
    Region.objects.filter(pk__in=[unit.pk for unit in units]).update(
        township_id=cast.township.pk, parent=cast.township
    )
    for number, unit in enumerate(units):
        unit.refresh_from_db()
        for n in range(2):
            make_user(f"村干部{n}", f"1390{number:03d}{n:04d}", Role.VISITOR, unit)
    for n in range(12):
        make_user(f"镇里{n}", f"1391000{n:04d}", Role.VISITOR, cast.township)
    for n in range(450):
        make_person(cast, village=units[n % 40], hamlet=f"第{n % 5}组", birth=dt.date(1940 + n // 200, 5, 6))
    Person.objects.filter(hamlet="第1组").update(assignee=None)
    client = signed_in(cast.township_clerk)
    client.get(URL)
    with CaptureQueriesContext(connection) as caught:
        page = client.get(URL)
    assert len(page.context["rows"]) == 40
    assert len(page.content) < 100_000
    assert len(caught) < 20
    print(f"\n{len(page.content)} bytes, {len(caught)} queries")


# ── ticked on the list ───────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_people_ticked_on_the_list_are_given_and_the_filters_come_back(cast) -> None:
    nobody(cast, 3, cast.village)
    ids = list(Person.objects.values_list("pk", flat=True)[:2])
    client = signed_in(cast.township_clerk)
    page = client.get("/roster/?assignee=none").content.decode()
    assert 'action="/due/assign/people?assignee=none"' in page
    asked = client.post("/due/assign/people?assignee=none", {"person": ids})
    assert asked.status_code == 200
    assert "选了2人" in asked.content.decode()
    form = {"person": ids, "asked": "1", "shown": asked.context["shown"]}
    missing = client.post("/due/assign/people?assignee=none", form)
    assert missing.status_code == 422
    assert "请选分给谁" in missing.content.decode()
    done = client.post("/due/assign/people?assignee=none", form | {"to": cast.visitor.pk})
    assert done["Location"] == "/roster/?assignee=none"
    assert Person.objects.filter(assignee=cast.visitor).count() == 2


@pytest.mark.django_db
def test_ticked_people_who_changed_meanwhile_are_shown_anew(cast) -> None:
    nobody(cast, 1, cast.village)
    person = Person.objects.get()
    client = signed_in(cast.township_clerk)
    shown = client.post("/due/assign/people", {"person": [person.pk]}).context["shown"]
    Person.objects.update(assignee=cast.village_head)
    response = client.post(
        "/due/assign/people", {"person": [person.pk], "asked": "1", "shown": shown, "to": cast.visitor.pk}
    )
    assert response.status_code == 409
    assert "VILLAGE_" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("body", [{}, {"person": ["x"]}, {"person": ["1" * 40]}, {"person": ["99999999"]}])
def test_nonsense_and_strangers_are_sent_back_with_a_word(cast, body) -> None:
    far = make_person(cast, name="远", village=cast.other_county_village)
    client = signed_in(cast.township_clerk)
    assert client.post("/due/assign/people", body).status_code == 302
    response = client.post("/due/assign/people", {"person": [far.pk]}, follow=True)
    assert "名单有变动" in response.content.decode()
    assert "远" not in re_body(response)


def re_body(response) -> str:
    return "".join(row["cells"][1]["text"] for row in response.context["list"]["rows"])


def test_two_clerks_at_once_one_wins_and_one_is_told(committed) -> None:
    cast = make_cast()
    nobody(cast, 5, cast.village)
    second = make_user("另一经办", "13800000555", Role.TOWNSHIP_CLERK, cast.township)
    other = make_user("谢依水", "13800000301", Role.VISITOR, cast.village)
    cast.users["second"] = second
    cast.refresh()
    gate, got = threading.Barrier(2), []

    def give(by, to) -> None:
        wishes = {Place(cast.village.pk): to.pk}
        changes = assigning.area_changes(wishes, only_nobody=True, by=by)
        shown = assigning.mark(assigning.steps(wishes, only_nobody=True, by=by), by, changes)
        gate.wait()
        try:
            got.append(assigning.apply(wishes=wishes, only_nobody=True, shown=shown, by=by, at=NOON))
        except services.CannotAssign as error:
            got.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=give, args=pair)
        for pair in ((cast.township_clerk, cast.visitor), (second, other))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(isinstance(one, assigning.Changed) for one in got) == 1
    assert Person.objects.order_by().values("assignee").distinct().count() == 1
