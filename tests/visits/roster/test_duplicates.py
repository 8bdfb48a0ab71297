"""Which files look alike: found by what agrees, never asked again once somebody said no."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.cast import make_person, signed_in
from visits.core.idnumber import check_char
from visits.roster import services
from visits.roster.models import Person
from visits.roster.selectors.duplicates import likely_pairs, mistyped
from xunfang.kit.crypto import blind_index


def pairs(cast):
    return likely_pairs([cast.township.pk])


def renumber(person: Person, stem: str) -> None:
    number = stem + check_char(stem)
    Person.objects.filter(pk=person.pk).update(
        id_number=number, id_index=blind_index(number, "person.id_number"), id_tail=number[-4:]
    )


def temporary(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(
        id_number=None, id_index=None, id_tail=None, tail_index=None, temporary_no=f"永泰临-{person.pk}"
    )


def test_each_of_the_four_signs_is_found_and_said(cast) -> None:
    renumber(make_person(cast, name="林同生", birth=date(1943, 5, 6)), "35012519430506114")
    renumber(make_person(cast, name="林同生", birth=date(1943, 5, 6)), "35012519430506338")
    make_person(cast, name="陈同号", birth=date(1943, 5, 6), phone="13800004471")
    make_person(cast, name="陈同号", birth=date(1953, 5, 6), phone="13800004471")
    make_person(cast, name="黄临时", birth=date(1943, 5, 6))
    temporary(make_person(cast, name="黄临时", birth=date(1953, 5, 6)))
    one, other = make_person(cast, name="张错号"), make_person(cast, name="张错号", birth=date(1950, 1, 2))
    renumber(one, "35012519430506123")
    renumber(other, "35012519430506132")
    found = {pair.one.name: pair.reasons for pair in pairs(cast)}
    assert found == {
        "林同生": ("出生日期一样",),
        "陈同号": ("电话一样",),
        "黄临时": ("同村，有一份还是临时编号",),
        "张错号": ("身份证号只差一位或两位颠倒",),
    }


def test_the_same_name_alone_is_no_sign(cast) -> None:
    make_person(cast, name="林依妹", birth=date(1943, 5, 6))
    make_person(cast, name="林依妹", birth=date(1960, 1, 2))
    make_person(cast, name="林别的", birth=date(1943, 5, 6))
    assert pairs(cast) == []


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("350125194305061235", "350125194305061235", False),
        ("35012519430506123X", "350125194305061243", True),
        ("35012519430506123X", "350125194305061323", True),
        ("35012519430506123X", "350125195305061323", False),
        ("350125194305061231", None, False),
    ],
    ids=["the same", "one digit", "two changed places", "three apart", "one without"],
)
def test_a_slip_of_the_hand_is_told_from_another_number(one, other, alike) -> None:
    assert mistyped(one, other) is alike


def test_who_was_called_another_person_is_not_asked_about_again(cast) -> None:
    one, other = make_person(cast), make_person(cast)
    client = signed_in(cast.township_clerk)
    url = reverse("visits_roster:duplicates")
    assert "1对档案像是同一个人" in client.get(url).content.decode()
    answer = client.post(reverse("visits_roster:apart", args=[one.uuid, other.uuid]), follow=True)
    assert "没有找到像是重复的档案" in answer.content.decode()
    assert pairs(cast) == []


def test_merged_voided_and_two_dead_files_are_no_pair_but_a_dead_and_a_live_one_are(cast) -> None:
    one, other = make_person(cast), make_person(cast)
    Person.objects.filter(pk=other.pk).update(status="dead", left_on=date(2026, 11, 2))
    assert len(pairs(cast)) == 1
    Person.objects.filter(pk=one.pk).update(status="dead", left_on=date(2026, 11, 2))
    assert pairs(cast) == []
    Person.objects.filter(pk=one.pk).update(status="live", left_on=None)
    services.merge(
        kept_id=one.pk,
        merged_id=other.pk,
        take=[],
        reason="换过证",
        by=cast.township_clerk,
        at=timezone.now(),
    )
    assert pairs(cast) == []


def test_other_townships_are_not_looked_into(cast) -> None:
    make_person(cast)
    make_person(cast, village=cast.other_county_village)
    assert pairs(cast) == []


def test_ten_and_a_hundred_files_cost_the_same_queries(cast) -> None:
    client = signed_in(cast.township_clerk)
    url = reverse("visits_roster:duplicates")

    def queries() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as caught:
            client.get(url)
        return len(caught)

    for n in range(5):
        make_person(cast, name=f"林依{n}")
        make_person(cast, name=f"林依{n}")
    few = queries()
    for n in range(5, 50):
        make_person(cast, name=f"林依{n}")
        make_person(cast, name=f"林依{n}")
    assert queries() == few


def test_two_numbers_are_put_side_by_side_by_hand(cast) -> None:
    one, other = make_person(cast), make_person(cast, name="另一个名")
    far = make_person(cast, village=cast.other_county_village)
    client = signed_in(cast.township_clerk)
    url = reverse("visits_roster:duplicates")
    answer = client.get(url, {"one": one.file_no, "other": other.file_no})
    assert answer.url == reverse("visits_roster:merge", args=[one.uuid, other.uuid])
    assert "没有这个档案号" in client.get(url, {"one": one.file_no, "other": "无-1"}).content.decode()
    text = client.get(url, {"one": one.file_no, "other": far.file_no}).content.decode()
    assert "鼓楼区民政局" in text
    assert far.name not in text.replace(one.name, "")
