"""发现新对象: told in a minute, never twice, answered, and seen by whoever told (practice P19)."""

import uuid
from datetime import date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import LogEntry
from tests.cast import id_number, make_person, make_user, signed_in
from tests.visits.roster.test_races import both
from visits.roster.models import Discovery, Person
from visits.roster.services import AlreadyOnFile, CannotChange, discoveries

AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))
NEW = reverse("visits_roster:discovery_new")


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(AT, tick=False)


def said(cast, **values):
    return {
        "key": str(uuid.uuid4()), "name": "郑阿婆", "village": cast.village.pk, "where": "上洋，祠堂后",
        "reasons": ["alone"], "said": "没有子女，眼睛不好", **values,
    }  # fmt: skip


def told(cast, **values) -> Discovery:
    defaults = {
        "key": uuid.uuid4(),
        "name": "郑阿婆",
        "village_id": cast.village.pk,
        "where": "上洋",
        "why": "没人管",
    }
    return discoveries.tell_of(by=cast.visitor, at=AT, **{**defaults, **values})[0]


def test_name_place_and_reason_are_enough(cast) -> None:
    client = signed_in(cast.visitor)
    answer = client.post(NEW, said(cast))
    assert answer.url == reverse("visits_roster:discoveries")
    made = Discovery.objects.get()
    assert (made.name, made.where, made.why) == ("郑阿婆", "上洋，祠堂后", "老人一个人住；没有子女，眼睛不好")
    assert (made.township_id, made.told_by, made.state) == (cast.township.pk, cast.visitor, "waiting")
    assert LogEntry.objects.get(action="discovery_told").detail == {}
    assert "郑阿婆" in client.get(answer.url).content.decode()
    assert "等民政办核" in client.get("/").content.decode()


def test_nothing_is_lost_on_a_bad_field(cast) -> None:
    answer = signed_in(cast.visitor).post(NEW, said(cast, age="八十", where="", phone="12"))
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in ("郑阿婆", "没有子女，眼睛不好", "八十", "写数字就行", "请写住在哪里"):
        assert words in page
    assert not Discovery.objects.exists()


def test_a_reason_must_be_given_by_chip_or_by_words(cast) -> None:
    client = signed_in(cast.visitor)
    page = client.post(NEW, said(cast, reasons=[], said="")).content.decode()
    assert "请点一下什么情况" in page
    assert client.post(NEW, said(cast, reasons=[])).status_code == 302


def test_a_double_tap_tells_once_and_other_words_are_shown_beside_the_first(cast) -> None:
    client, body = signed_in(cast.visitor), said(cast)
    client.post(NEW, body)
    assert client.post(NEW, body).status_code == 302
    assert Discovery.objects.count() == 1
    answer = client.post(NEW, {**body, "said": "其实有个女儿"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "没有子女，眼睛不好" in page
    assert "其实有个女儿" in page
    assert body["key"] not in page


def test_a_key_of_somebody_else_and_a_village_of_another_are_refused(cast) -> None:
    made = told(cast)
    with pytest.raises(CannotChange, match="已经用过了"):
        discoveries.tell_of(
            key=made.key,
            name="甲",
            village_id=cast.village.pk,
            where="乙",
            why="丙",
            by=cast.village_head,
            at=AT,
        )
    with pytest.raises(CannotChange, match="不在您的任职范围里"):
        told(cast, village_id=cast.other_village.pk)


def test_two_taps_at_once_tell_once(committed, time_machine) -> None:
    from tests.cast import make_cast

    time_machine.move_to(AT, tick=True)
    cast, key = make_cast(), uuid.uuid4()
    got = both(lambda: told(cast, key=key), lambda: told(cast, key=key))
    assert len({one.pk for one in got}) == 1
    assert Discovery.objects.count() == 1


def test_the_clerk_opens_a_file_from_it_and_the_cadre_sees_it(cast) -> None:
    made = told(cast, group_id="old_alone", phone="13900001127")
    client = signed_in(cast.township_clerk)
    assert "1人等您核" in client.get("/").content.decode()
    url = f"{reverse('visits_roster:person_new')}?from={made.uuid}"
    page = client.get(url).content.decode()
    for words in ("郑阿婆", "13900001127", "没人管", cast.visitor.name):
        assert words in page
    values = {
        "name": "郑依婆", "id_number": id_number(date(1940, 2, 3)), "village": cast.village.pk, "group": "old_alone",
        "starts_on": "2026-11-01", "phone": "13900001127", "lives_alone": "on",
    }  # fmt: skip
    answer = client.post(url, values)
    assert answer.status_code == 302
    made.refresh_from_db()
    person = Person.objects.get(name="郑依婆")
    assert (made.state, made.person, made.settled_by) == ("filed", person, cast.township_clerk)
    visitor = signed_in(cast.visitor)
    page = visitor.get(reverse("visits_roster:discovery", args=[made.uuid])).content.decode()
    assert "建档了" in page
    # The file is not theirs to visit yet: told that it exists, not led into it.
    assert "打开档案" not in page
    # A second file from the same telling is not opened by the same page.
    assert client.post(url, {**values, "id_number": id_number(date(1940, 2, 3))}).status_code == 302
    made.refresh_from_db()
    assert made.person == person


def test_who_is_on_file_already_is_shown_and_linked(cast) -> None:
    person = make_person(cast, name="郑阿婆")
    made = told(cast)
    client = signed_in(cast.township_clerk)
    url = reverse("visits_roster:discovery", args=[made.uuid])
    assert person.tail_words in client.get(url).content.decode()
    client.post(reverse("visits_roster:discovery_link", args=[made.uuid]), {"person": str(person.uuid)})
    made.refresh_from_db()
    assert (made.state, made.person) == ("filed", person)
    with pytest.raises(CannotChange, match="已经核过了"):
        discoveries.refuse_discovery(discovery_id=made.pk, answer="不用", by=cast.township_clerk, at=AT)


def test_an_id_on_file_leaves_the_telling_open(cast) -> None:
    person, made = make_person(cast), told(cast)
    from tests.visits.roster.test_services import details

    with pytest.raises(AlreadyOnFile):
        discoveries.add_discovered(
            discovery_id=made.pk, by=cast.township_clerk, at=AT, group_id="dibao", starts_on=date(2026, 11, 1),
            details=details(cast, number=person.id_number),
        )  # fmt: skip
    made.refresh_from_db()
    assert made.state == "waiting"


def test_an_answer_needs_a_reason_and_reaches_whoever_told(cast) -> None:
    made = told(cast)
    client = signed_in(cast.township_clerk)
    url = reverse("visits_roster:discovery", args=[made.uuid])
    assert "请写明为什么不用建档" in client.post(url, {"answer": ""}).content.decode()
    assert client.post(url, {"answer": "已随儿子迁到厦门"}).status_code == 302
    assert "已随儿子迁到厦门" in signed_in(cast.visitor).get("/").content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        Discovery.objects.filter(pk=made.pk).update(answer="")


def test_only_the_clerk_answers_and_others_see_only_their_own(cast) -> None:
    made = told(cast)
    colleague = make_user("同村的", "13800000377", "visitor", cast.village)
    url = reverse("visits_roster:discovery", args=[made.uuid])
    assert signed_in(colleague).get(url).status_code == 404
    assert signed_in(cast.village_head).get(url).status_code == 200
    assert signed_in(cast.village_head).post(url, {"answer": "不用"}).status_code == 403
    assert signed_in(cast.visitor).post(url, {"answer": "不用"}).status_code == 403
    assert signed_in(cast.neighbour).get(url).status_code == 403


def test_ten_and_a_hundred_tellings_cost_the_same_queries(cast) -> None:
    client = signed_in(cast.township_clerk)
    url = reverse("visits_roster:discoveries")

    def queries() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as caught:
            client.get(url)
        return len(caught)

    for _ in range(10):
        told(cast)
    few = queries()
    for _ in range(90):
        told(cast)
    assert queries() == few
