"""Pages of the roster: who sees what, what bad input gets, what lists cost."""

import io
import os
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import sessions
from accounts.models import Region
from tests.cast import id_number, make_cast, make_person
from tests.visits.roster import ugly
from tests.visits.roster.lists import number, row, xlsx
from visits.roster import services
from visits.roster.imports import services as imports
from visits.roster.models import (
    Grant,
    ListLayout,
    Membership,
    Person,
    RosterImport,
    StoredSearch,
    VillageAlias,
)
from xunfang.kit import excel, files, jobs
from xunfang.kit.models import Job

BIRTH = date(1943, 5, 6)


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def cast(db, today):
    """The cast on the day it is: pages read the clock at their edge."""
    return make_cast(today)


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    session = client.session
    now = timezone.now().timestamp()
    session[sessions.STARTED] = session[sessions.SEEN] = session[sessions.SURE] = now
    session.save()
    return client


def show(response, name: str) -> str:
    """The page's text; kept for looking at when a folder is named."""
    text = response.content.decode()
    if folder := os.environ.get("XUNFANG_LOOK"):
        (Path(folder) / f"{name}.html").write_text(text)
    assert "⟦" not in text, re.findall("⟦[^⟧]*⟧", text)
    return text


def new_person(cast, **values) -> dict[str, object]:
    return {
        "name": "鄢依仙",
        "id_number": id_number(BIRTH),
        "village": cast.village.pk,
        "group": "dibao",
        "starts_on": cast.on.isoformat(),
        "phone": "13900001127",
        **values,
    }


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


def test_the_list_shows_who_is_in_scope_and_a_true_number(cast) -> None:
    for n in range(3):
        make_person(cast, name=f"林依妹{'甲乙丙'[n]}", hamlet="上坂", phone="13900001127")
    make_person(cast, name="绝不能看见", village=cast.other_county_village)
    make_person(cast, name="去世的", status="dead", left_on=cast.on)
    text = show(client_of(cast.township_clerk).get(reverse("visits_roster:people")), "people")
    assert "林依妹甲" in text
    assert "共3人" in text
    assert "绝不能看见" not in text
    assert "去世的" not in text
    assert "导入名单" in text
    assert "尾号" not in text
    county = show(client_of(cast.county_officer).get(reverse("visits_roster:people")), "people-county")
    assert "共3人" in county
    assert "新建档案" not in county
    neighbour = show(client_of(cast.neighbour).get(reverse("visits_roster:people")), "people-neighbour")
    assert "林依妹" not in neighbour
    assert "绝不能看见" in neighbour


@pytest.mark.parametrize("role", ["city_supervisor", "city_business", "system_admin", "auditor", "nobody"])
def test_who_works_without_cases_has_no_list(cast, role) -> None:
    assert client_of(cast.users[role]).get(reverse("visits_roster:people")).status_code == 403


def test_filters_narrow_and_nonsense_in_an_address_is_left_out(cast) -> None:
    make_person(cast, name="林甲", hamlet="上坂")
    make_person(cast, name="林乙", hamlet="下坂", village=cast.other_village, groups=("tekun",))
    loose = make_person(cast, name="林丙")
    Person.objects.filter(pk=loose.pk).update(assignee=None)
    make_person(cast, name="林丁", status="departed", left_on=cast.on)
    client = client_of(cast.township_clerk)

    def names(query: str) -> set[str]:
        text = client.get(reverse("visits_roster:people") + query).content.decode()
        return set(re.findall(">(林[甲乙丙丁])<", text))

    assert names("") == {"林甲", "林乙", "林丙"}
    assert names(f"?village={cast.other_village.pk}") == {"林乙"}
    assert names("?group=tekun") == {"林乙"}
    assert names("?hamlet=上坂") == {"林甲"}
    # 林乙's visitor holds no post in that village.
    assert names("?assignee=none") == {"林乙", "林丙"}
    assert names("?status=departed") == {"林丁"}
    assert names("?village=x&group=%27&assignee=1;&after=-1&status=y&s=zzz") == set()
    assert names("?village=x&assignee=1;&after=-1&status=y&s=zzz") == {"林甲", "林乙", "林丙"}


def test_a_search_leaves_no_name_in_the_address_and_belongs_to_its_owner(cast) -> None:
    person = make_person(cast, name="林依妹", phone="13900001127", initials="lym")
    make_person(cast, name="陈桂香", initials="cgx")
    client = client_of(cast.township_clerk)
    for words in (
        "依妹",
        "lym",
        person.id_number[-4:],
        "13900001127",
        "1127",
        person.id_number,
        person.file_no,
    ):
        response = client.post(reverse("visits_roster:people"), {"q": words})
        assert response.status_code == 303
        assert words not in response["Location"]
        text = show(client.get(response["Location"]), "people-found")
        assert "林依妹" in text
        assert "陈桂香" not in text
        assert "共1人" in text
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM visits_roster_storedsearch")
        assert all("依妹".encode() not in bytes(text) for (text,) in cursor.fetchall())
    other = client_of(cast.township_head).get(response["Location"])
    assert "已经过了时间" in other.content.decode()
    StoredSearch.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert "已经过了时间" in client.get(response["Location"]).content.decode()


def test_a_search_stays_inside_the_scope(cast) -> None:
    far = make_person(cast, name="绝不能看见", village=cast.other_county_village)
    client = client_of(cast.township_clerk)
    response = client.post(reverse("visits_roster:people"), {"q": far.id_number})
    text = client.get(response["Location"]).content.decode()
    assert "没有找到" in text
    assert "绝不能看见" not in text


def test_an_empty_search_says_what_to_fill_in(cast) -> None:
    response = client_of(cast.township_clerk).post(reverse("visits_roster:people"), {"q": " "})
    assert response.status_code == 422
    assert "请填姓名、拼音首字母" in show(response, "people-empty")


def test_pages_follow_each_other_without_a_gap_or_a_double(cast) -> None:
    for n in range(120):
        make_person(
            cast, name=f"人{n:03d}", hamlet=f"组{n % 3}", village=(cast.village, cast.other_village)[n % 2]
        )
    client = client_of(cast.township_clerk)
    seen, url = [], reverse("visits_roster:people")
    while url:
        text = client.get(url).content.decode()
        assert "共120人" in text
        seen += re.findall(">(人\\d{3})<", text)
        match = re.search(r'href="(\?[^"]*)" rel="next"', text)
        url = reverse("visits_roster:people") + match[1].replace("&amp;", "&") if match else ""
    assert len(seen) == len(set(seen)) == 120


def _queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def test_a_list_of_a_hundred_costs_as_many_queries_as_one_of_ten(cast, monkeypatch) -> None:
    from visits.roster.views import people

    monkeypatch.setattr(people, "PAGE", 100)
    client = client_of(cast.township_clerk)
    for n in range(10):
        make_person(cast, name=f"人{n}", groups=("dibao", "old_alone"), birth=date(1930, 1, 1 + n))
    client.get(reverse("visits_roster:people"))
    ten = _queries(client, reverse("visits_roster:people"))
    for n in range(90):
        make_person(cast, name=f"人{n}", assignee=cast.village_head, village=cast.other_village)
    assert _queries(client, reverse("visits_roster:people")) == ten


# ── a file ───────────────────────────────────────────────────────────────────────────────────────


def test_a_clerk_opens_a_file(cast) -> None:
    client = client_of(cast.township_clerk)
    show(client.get(reverse("visits_roster:person_new")), "person-new")
    response = client.post(reverse("visits_roster:person_new"), new_person(cast))
    person = Person.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse("visits_desk:person", args=[person.uuid])
    assert person.memberships.get().group_id == "dibao"


BAD = {
    "no name": ({"name": ""}, "请填姓名"),
    "digits in the name": ({"name": "林1"}, "汉字、字母以外"),
    "no id": ({"id_number": ""}, "请填18位身份证号"),
    "a short id": ({"id_number": "35012519430506"}, "位数不对"),
    "no village": ({"village": ""}, "请选村"),
    "a village elsewhere": ({"village": "999999"}, "请从名单里选村"),
    "an unknown group": ({"group": "x"}, "请从名单里选类别"),
    "a group for the young": ({"group": "left_behind"}, "年龄不符，请选其他类别"),
    "a start to come": ({"starts_on": "2099-01-01"}, "起始日期晚于今天"),
    "no start": ({"starts_on": ""}, "请填从哪天起"),
    "a start that is no day": ({"starts_on": "2026-02-30"}, "日期写成"),
    "a bad phone": ({"phone": "12345"}, "手机号应是11位"),
    "too long": ({"find_me": "长" * 61}, "最多60个字"),
    "no id and nothing known": ({"id_number": "", "no_id": "on"}, "请选性别"),
    "born too early": (
        {"id_number": "", "no_id": "on", "sex": "F", "birth_date": "1700-01-01"}, "请核对年份",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("values", "sentence"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_refused_at_its_field_and_nothing_typed_is_lost(cast, values, sentence) -> None:
    response = client_of(cast.township_clerk).post(
        reverse("visits_roster:person_new"), new_person(cast, residence="大埕厝3号", **values)
    )
    assert response.status_code == 422
    text = show(response, "person-bad")
    assert sentence in text
    assert 'value="大埕厝3号"' in text
    assert not Person.objects.exists()


def test_the_same_id_shows_the_way_to_the_file(cast) -> None:
    person = make_person(cast, name="林依妹")
    response = client_of(cast.township_clerk).post(
        reverse("visits_roster:person_new"), new_person(cast, id_number=person.id_number)
    )
    assert response.status_code == 422
    text = show(response, "person-double")
    assert "已经有档案" in text
    assert reverse("visits_desk:person", args=[person.uuid]) in text


def test_the_same_id_elsewhere_shows_nothing_of_the_file(cast) -> None:
    far = make_person(cast, name="绝不能看见", village=cast.other_county_village)
    response = client_of(cast.township_clerk).post(
        reverse("visits_roster:person_new"), new_person(cast, id_number=far.id_number)
    )
    text = response.content.decode()
    assert "鼓楼区民政局" in text
    assert "绝不能看见" not in text
    assert str(far.uuid) not in text


def test_something_unusual_wants_a_tick_and_then_goes_through(cast) -> None:
    client = client_of(cast.township_clerk)
    values = new_person(cast, phone="")
    response = client.post(reverse("visits_roster:person_new"), values)
    assert response.status_code == 422
    assert "本人和联系人都没有电话" in show(response, "person-warning")
    assert (
        client.post(reverse("visits_roster:person_new"), {**values, "confirm": "no_phone"}).status_code == 302
    )


def test_a_clerk_edits_a_file_without_ever_seeing_the_whole_id(cast) -> None:
    person = make_person(cast, phone="13900001127", hamlet="上坂")
    client = client_of(cast.township_clerk)
    url = reverse("visits_roster:person_edit", args=[person.uuid])
    text = show(client.get(url), "person-edit")
    assert person.id_number not in text
    assert f"尾号{person.id_number[-4:]}" in text
    values = {
        "version": 1,
        "name": "林依妹",
        "village": cast.village.pk,
        "phone": "13900001127",
        "hamlet": "下坂",
    }
    assert client.post(url, values).status_code == 302
    person.refresh_from_db()
    assert (person.hamlet, person.version) == ("下坂", 2)


def test_the_second_editor_gets_both_texts_and_loses_nothing(cast) -> None:
    person = make_person(cast, phone="13900001127", hamlet="上坂")
    client = client_of(cast.township_clerk)
    url = reverse("visits_roster:person_edit", args=[person.uuid])
    values = {"version": 1, "name": "林依妹", "village": cast.village.pk, "phone": "13900001127"}
    client.post(url, {**values, "hamlet": "别人写的"})
    response = client.post(url, {**values, "hamlet": "我写的"})
    assert response.status_code == 409
    text = show(response, "person-conflict")
    assert "别人写的" in text
    assert 'value="我写的"' in text
    assert 'name="version" value="2"' in text
    assert client.post(url, {**values, "version": 2, "hamlet": "我写的"}).status_code == 302
    person.refresh_from_db()
    assert person.hamlet == "我写的"


def test_a_visitor_is_led_to_the_part_that_is_theirs(cast) -> None:
    person = make_person(cast, hamlet="上坂")
    client = client_of(cast.visitor)
    response = client.get(reverse("visits_roster:person_edit", args=[person.uuid]))
    url = reverse("visits_roster:contact", args=[person.uuid])
    assert response["Location"] == url
    text = show(client.get(url), "contact")
    assert 'name="name"' not in text
    values = {"version": 1, "phone": "139-0000-2222", "mind": "耳背", "name": "改名", "residence": "x"}
    assert client.post(url, values).status_code == 302
    person.refresh_from_db()
    assert (person.phone, person.mind, person.name, person.residence) == ("13900002222", "耳背", "林依妹", "")
    response = client.post(url, {"version": 1, "phone": "1"})
    assert response.status_code == 422
    response = client.post(url, {"version": 1, "phone": "13900003333"})
    assert response.status_code == 409
    show(response, "contact-conflict")


OWN = ("person_edit", "contact", "membership_new", "departure", "share")


@pytest.mark.parametrize("name", OWN)
def test_a_neighbour_finds_no_file_and_a_wrong_post_is_refused(cast, name) -> None:
    far = make_person(cast, village=cast.other_county_village)
    near = make_person(cast)
    url = reverse(f"visits_roster:{name}", args=[far.uuid])
    assert client_of(cast.township_clerk).get(url).status_code == 404
    assert client_of(cast.township_clerk).post(url, {}).status_code == 404
    near_url = reverse(f"visits_roster:{name}", args=[near.uuid])
    # A county has classes of its own to give: its officers have this page, for their own people.
    shared = name == "membership_new"
    wrong = cast.township_head if shared else cast.county_officer
    assert client_of(wrong).get(near_url).status_code == 403
    assert client_of(cast.neighbour).get(near_url).status_code == (404 if shared else 403)
    assert client_of(cast.auditor).post(near_url, {}).status_code == 403
    assert show(client_of(cast.township_clerk).get(near_url), f"form-{name}")


def test_a_lent_file_is_read_and_not_kept(cast) -> None:
    from tests.cast import make_user

    clerk = make_user("邻镇经办", "13800000311", "township_clerk", cast.other_township)
    person = make_person(cast)
    services.share(
        person_id=person.pk,
        to_id=clerk.pk,
        reason="一起上门",
        until=cast.on,
        by=cast.township_clerk,
        at=timezone.now(),
    )
    client = client_of(clerk)
    assert client.get(reverse("visits_roster:person_edit", args=[person.uuid])).status_code == 403
    assert client.get(reverse("visits_roster:share", args=[person.uuid])).status_code == 403
    assert "林依妹" in client.get(reverse("visits_roster:people")).content.decode()


def test_into_a_group_and_out_of_it_again(cast) -> None:
    person = make_person(cast, birth=cast.on.replace(year=cast.on.year - 90, day=1))
    client = client_of(cast.township_clerk)
    url = reverse("visits_roster:membership_new", args=[person.uuid])
    values = {"group": "old_alone", "starts_on": cast.on.isoformat()}
    unusual = client.post(url, values)
    assert unusual.status_code == 422
    assert "没有写独居" in show(unusual, "membership-warning")
    assert client.post(url, {**values, "confirm": "alone"}).status_code == 302
    member = person.memberships.get(group="old_alone")
    end = reverse("visits_roster:membership_end", args=[person.uuid, member.pk])
    show(client.get(end), "membership-end")
    response = client.post(end, {"ends_on": cast.on.isoformat()})
    assert response.status_code == 422
    assert "请选为什么结束" in response.content.decode()
    assert client.post(end, {"reason": "不再独居", "ends_on": cast.on.isoformat()}).status_code == 302
    assert client.get(end).status_code == 404
    other = make_person(cast)
    mixed = reverse("visits_roster:membership_end", args=[person.uuid, other.memberships.get().pk])
    assert client.get(mixed).status_code == 404
    void = reverse("visits_roster:membership_end", args=[other.uuid, other.memberships.get().pk])
    values = {"reason": "mistake", "ends_on": cast.on.isoformat()}
    assert client.post(void, values).status_code == 422
    assert client.post(void, {**values, "note": "录错人"}).status_code == 302
    assert not other.memberships.filter(voided_at=None).exists()


def test_a_visitor_notes_a_death_on_the_phone_and_takes_it_back(cast) -> None:
    person = make_person(cast)
    client = client_of(cast.visitor)
    url = reverse("visits_roster:departure", args=[person.uuid])
    response = client.post(url, {"left_on": cast.on.isoformat()})
    assert response.status_code == 422
    assert "请选去世还是迁出" in response.content.decode()
    tomorrow = (cast.on + timedelta(days=1)).isoformat()
    assert "日期晚于今天" in client.post(url, {"status": "dead", "left_on": tomorrow}).content.decode()
    assert client.post(url, {"status": "dead", "left_on": cast.on.isoformat()}).status_code == 302
    person.refresh_from_db()
    assert person.status == "dead"
    clerk = client_of(cast.township_clerk)
    edit = clerk.get(reverse("visits_roster:person_edit", args=[person.uuid]))
    assert "撤销“去世”登记" in show(edit, "person-dead")
    undo = reverse("visits_roster:departure_undo", args=[person.uuid])
    assert client.get(undo).status_code == 405
    assert client.post(undo).status_code == 302
    person.refresh_from_db()
    assert person.status == "live"


def test_a_file_is_shared_by_number_and_taken_back(cast) -> None:
    person = make_person(cast)
    client = client_of(cast.township_clerk)
    url = reverse("visits_roster:share", args=[person.uuid])
    values = {"officer": cast.neighbour.phone, "reason": "一起上门", "until": cast.on.isoformat()}
    assert "没有找到在任的同志" in client.post(url, {**values, "officer": "1"}).content.decode()
    assert client.post(url, values).status_code == 302
    text = show(client.get(url), "share")
    assert "结束协办" in text
    far = make_person(cast)
    grant = Grant.objects.get()
    assert client.post(reverse("visits_roster:share_end", args=[far.uuid, grant.pk])).status_code == 404
    assert client.post(reverse("visits_roster:share_end", args=[person.uuid, grant.pk])).status_code == 302
    assert not Grant.objects.filter(ended_at=None).exists()


# ── lists brought in ─────────────────────────────────────────────────────────────────────────────


def upload(cast, content: bytes, name: str = "11月低保.xlsx", **values) -> dict[str, object]:
    first = cast.on.replace(day=1).isoformat()
    return {
        "file": SimpleUploadedFile(name, content),
        "month": first,
        "default_start": first,
        "township": cast.township.pk,
        "coverage": "supplement",
        **values,
    }


def run_jobs() -> None:
    from visits.roster import tasks

    assert tasks
    for job in Job.objects.filter(state="new", kind__startswith="roster."):
        jobs.run(job.pk)


def test_a_list_goes_from_file_to_people_in_three_steps(cast) -> None:
    client = client_of(cast.township_clerk)
    url = reverse("visits_roster:import")
    page = show(client.get(url), "import")
    assert 'enctype="multipart/form-data"' in page
    make_person(cast, name="已有的人")
    rows = [row(n, hamlet="上坂", head_name="林依妹") for n in range(1, 61)]
    rows += [row(70, village="大喜洋"), row(71, id_number=number(71)[:17]), row(72, group="五保户", name="")]
    response = client.post(url, upload(cast, xlsx(rows)))
    assert response.status_code == 302
    detail = response["Location"]
    waiting = show(client.get(detail), "import-reading")
    assert "正在读名单" in waiting
    assert "hx-get" in waiting
    batch = RosterImport.objects.get()
    poll = reverse("visits_roster:import_progress", args=[batch.uuid])
    assert "hx-get" in client.get(poll).content.decode()
    run_jobs()
    assert client.get(poll)["HX-Refresh"] == "true"
    preview = show(client.get(detail), "import-preview")
    assert "读完了：63行里，60人没问题，3行要您改" in preview
    assert "确认入库60人" in preview
    assert "看全部60人" in preview
    assert "改成“大喜村”" in preview
    assert number(1) not in preview
    assert f"尾号{number(1)[-4:]}" in preview
    first = show(client.get(f"{detail}/rows?which=new"), "import-rows")
    rest = client.get(f"{detail}/rows?which=new&after=" + re.search(r'after=(\d+)" rel="next"', first)[1])
    assert (first.count("尾号"), rest.content.decode().count("尾号")) == (50, 10)
    client.post(reverse("visits_roster:import_confirm", args=[batch.uuid]))
    show(client.get(detail), "import-loading")
    run_jobs()
    done = show(client.get(detail), "import-done")
    assert "入库了：新增60人，3行要您改" in done
    assert Person.objects.count() == 61
    assert "新增60" in done.replace("\n", "").replace(" ", "") or "60" in done
    show(client.get(url), "import-list")


def test_a_changed_list_shows_what_was_and_what_will_be(cast) -> None:
    client = client_of(cast.township_clerk)
    for values in ({"hamlet": "上坂"}, {"hamlet": "下坂", "group": "低保、80岁以上独居"}):
        client.post(reverse("visits_roster:import"), upload(cast, xlsx([row(1, **values), row(2)])))
        run_jobs()
        batch = RosterImport.objects.latest("pk")
        text = show(client.get(reverse("visits_roster:import_detail", args=[batch.uuid])), "import-changed")
        client.post(reverse("visits_roster:import_confirm", args=[batch.uuid]))
        run_jobs()
    assert "自然村：上坂 → 下坂" in text
    assert "80岁以上独居" in text


@pytest.mark.parametrize(
    ("content", "values", "sentence"),
    [
        pytest.param(b"<html></html>", {}, "网页", id="a web page"),
        pytest.param(b"", {}, "空的", id="nothing"),
        pytest.param(b"PK\x03\x04", {}, "坏了", id="half an archive"),
        pytest.param(b"a,b", {"month": "2020-01-01"}, "请从列表里选月份", id="an old month"),
        pytest.param(b"a,b", {"default_start": "2099-01-01"}, "日期晚于今天", id="a start to come"),
        pytest.param(b"a,b", {"township": "1"}, "请从列表里选乡镇", id="another township"),
        pytest.param(b"a,b", {"coverage": ""}, "请选全部名单还是补充名单", id="neither all nor some"),
        pytest.param(b"a,b", {"coverage": "full"}, "全部名单要写明是哪一类的", id="all of no class"),
        pytest.param(b"a,b", {"kind": "nothing"}, "请从列表里选类别", id="an unknown class"),
    ],
)
def test_a_file_that_cannot_be_is_refused_at_once(cast, content, values, sentence) -> None:
    response = client_of(cast.township_clerk).post(
        reverse("visits_roster:import"), upload(cast, content, **values)
    )
    assert response.status_code == 422
    assert sentence in show(response, "import-bad")
    assert not RosterImport.objects.exists()


def test_a_file_without_a_list_is_refused_by_the_job_with_what_to_do(cast) -> None:
    client = client_of(cast.township_clerk)
    detail = client.post(
        reverse("visits_roster:import"), upload(cast, "姓名,地址\n林,x\n".encode(), "a.csv")
    )["Location"]
    run_jobs()
    text = show(client.get(detail), "import-refused")
    assert "没有找到身份证号这一列" in text
    assert "下载名单模板" in text


def doubtful_list() -> bytes:
    """No class, an unnamed column of ids, one village in a spelling of its own; and a bank account."""
    rows = [["嵩口镇名单"], ["姓名", "", "所在村", "备用"]]
    rows += [["林依妹", number(n), "大喜洋" if n < 4 else "月洲", ugly.CARDS[n % 3]] for n in range(1, 7)]
    return ugly.Book().sheet("名单", rows, [(0, 0, 0, 3)]).bytes()


def test_what_a_list_does_not_say_is_asked_once_and_the_next_month_asks_nothing(cast) -> None:
    client = client_of(cast.township_clerk)
    detail = client.post(reverse("visits_roster:import"), upload(cast, doubtful_list()))["Location"]
    run_jobs()
    batch = RosterImport.objects.get()
    assert batch.state == "asking"
    ask = reverse("visits_roster:import_ask", args=[batch.uuid])
    assert client.get(detail)["Location"] == ask
    text = show(client.get(ask), "import-ask")
    assert "有几处拿不准" in text
    assert "像18位身份证号" in text
    assert "“大喜洋”（3行）是哪个村" in text
    assert not any(secret in text for secret in (number(1), "林依妹", *ugly.CARDS, "备用"))
    assert "份等您看" in client.get("/").content.decode()
    village = Region.objects.get(name="大喜村", township_id=cast.township.pk).pk
    heads = [head["label"] for head in batch.asks["columns"][0]["heads"]]
    columns = {f"c0_{heads.index(label)}": key for label, key in
               (("姓名", "name"), ("第2列", "id_number"), ("所在村", "village"))}  # fmt: skip
    bad = client.post(ask, {**columns, "c0_0": "id_number", "v0": village})
    assert bad.status_code == 422
    sentences = show(bad, "import-ask-bad")
    assert "有两列都选了“身份证号”" in sentences
    assert "还没有选哪一列是“姓名”" in sentences
    assert "请选这份名单是哪一类的" in sentences
    elsewhere = client.post(ask, {**columns, "v0": cast.other_county_village.pk, "kind": "dibao:rural"})
    assert elsewhere.status_code == 422
    assert client.post(ask, {**columns, "v0": village, "kind": "dibao:rural"}).status_code == 302
    run_jobs()
    batch.refresh_from_db()
    assert (batch.state, batch.group_id, batch.area, batch.counts["new"]) == ("preview", "dibao", "rural", 6)
    assert client.get(ask)["Location"] == detail
    assert ListLayout.objects.filter(township_id=cast.township.pk).count() == 2
    assert VillageAlias.objects.get().village_id == village
    client.post(reverse("visits_roster:import_confirm", args=[batch.uuid]))
    run_jobs()
    assert Person.objects.filter(village_id=village).count() == 3
    assert set(Membership.objects.values_list("group_id", "area")) == {("dibao", "rural")}
    client.post(reverse("visits_roster:import"), upload(cast, doubtful_list(), kind="dibao:rural"))
    run_jobs()
    again = RosterImport.objects.latest("pk")
    assert (again.state, again.counts["same"]) == ("preview", 6)


def test_full_or_supplement_and_the_class_are_kept_with_the_list(cast) -> None:
    values = {"kind": "dibao:urban", "coverage": "full"}
    client_of(cast.township_clerk).post(
        reverse("visits_roster:import"), upload(cast, xlsx([row(1)]), **values)
    )
    batch = RosterImport.objects.get()
    assert (batch.group_id, batch.area, batch.coverage) == ("dibao", "urban", "full")
    text = client_of(cast.township_clerk).get(reverse("visits_roster:import")).content.decode()
    assert "城市低保，全部名单" in text


def test_what_is_put_aside_is_gone(cast) -> None:
    client = client_of(cast.township_clerk)
    client.post(reverse("visits_roster:import"), upload(cast, xlsx([row(1)])))
    run_jobs()
    batch = RosterImport.objects.get()
    client.post(reverse("visits_roster:import_drop", args=[batch.uuid]))
    text = show(client.get(reverse("visits_roster:import_detail", args=[batch.uuid])), "import-dropped")
    assert "没有入库" in text
    client.post(reverse("visits_roster:import_confirm", args=[batch.uuid]))
    run_jobs()
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    "name", ["import_detail", "import_ask", "import_progress", "import_confirm", "import_drop"]
)
def test_a_list_is_nobody_elses(cast, name) -> None:
    from tests.cast import make_user

    batch = imports.start(
        content=xlsx([row(1)]), file_name="a.xlsx", month=cast.on, default_start=cast.on,
        township_id=cast.township.pk, by=cast.township_clerk, at=timezone.now(),
    )  # fmt: skip
    url = reverse(f"visits_roster:{name}", args=[batch.uuid])
    other = make_user("邻镇经办", "13800000311", "township_clerk", cast.other_township)
    method = "post" if name in ("import_confirm", "import_drop") else "get"
    assert getattr(client_of(other), method)(url).status_code == 404
    assert getattr(client_of(cast.township_head), method)(url).status_code == 403


def test_the_template_has_the_own_villages_and_can_be_brought_back_filled(cast) -> None:
    response = client_of(cast.township_clerk).get(reverse("visits_roster:import_template"))
    assert response.status_code == 200
    sheets = excel.read(response.content)
    assert sheets[0].rows[0][:4] == ["姓名*", "身份证号*", "村*", "类别*"]
    assert [sheet.name for sheet in sheets] == ["名单", "填写说明", "选项"]
    words = {str(cell) for line in sheets[2].rows for cell in line}
    assert {"月洲村", "低保", "集中供养"} <= words
    assert "鼓西社区" not in words


def test_the_stored_source_is_private_and_says_nothing_in_the_open(cast) -> None:
    client_of(cast.township_clerk).post(reverse("visits_roster:import"), upload(cast, xlsx([row(1)])))
    batch = RosterImport.objects.get()
    assert batch.file.private
    assert batch.file.encrypted
    assert files.read(batch.file) == xlsx([row(1)]) or io.BytesIO(files.read(batch.file)).read(2) == b"PK"
