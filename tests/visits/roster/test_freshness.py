"""How old the lists are, said the same everywhere; and the official figures beside ours (practice P7)."""

import re
from datetime import date, datetime
from urllib.parse import urlsplit

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import LogEntry, Region
from tests.cast import make_person, signed_in
from tests.visits.roster.snapshots import NOV, OCT, bring, lines
from visits.roster.models import Membership, OfficialFigure, RosterImport
from visits.roster.selectors import freshness
from visits.roster.selectors.classes import classes
from visits.roster.services import CannotChange
from visits.roster.services.figures import note_figure
from xunfang.kit.models import StoredFile

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))
SEP = date(2026, 9, 1)
VIEW = "visits_roster:freshness"


def full(cast, township: Region, group: str, month: date, area: str = "", **more) -> RosterImport:
    """A full list that was loaded."""
    file = StoredFile.objects.create(sha256="0" * 64, size=1, name="-", content_type="-", kind="import")
    values = {
        "state": "done",
        "coverage": "full",
        "counts": {"rows": 3, "wrong": 0, "loaded": {"same": 3}},
        **more,
    }
    return RosterImport.objects.create(
        county_id=township.county_id, township_id=township.pk, file=file, month=month, default_start=month,
        created_by=cast.township_clerk, group_id=group, area=area, **values,
    )  # fmt: skip


def text(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_township_says_the_month_and_by_class_where_they_differ(cast) -> None:
    assert "还没有导入过名单" in freshness.of(cast.township, TODAY).words
    full(cast, cast.township, "dibao", OCT, "rural")
    full(cast, cast.township, "tekun", OCT)
    assert freshness.of(cast.township, TODAY).words == "名单截至10月。"
    full(cast, cast.township, "left_behind", SEP)
    found = freshness.of(cast.township, TODAY)
    assert found.words == "名单截至10月（农村低保、特困）、9月（留守儿童）。"
    assert found.short == "名单截至9月至10月"
    assert freshness.of(cast.village, TODAY).words == found.words


def test_only_a_full_list_that_was_loaded_makes_anything_fresher(cast) -> None:
    full(cast, cast.township, "dibao", OCT)
    full(cast, cast.township, "dibao", NOV, coverage="supplement")
    full(cast, cast.township, "dibao", NOV, state="preview", counts={"rows": 1})
    full(cast, cast.township, "dibao", NOV, state="dropped", counts={"rows": 1})
    assert freshness.of(cast.township, TODAY).words == "名单截至10月。"
    full(cast, cast.township, "dibao", NOV, state="preview")  # some rows wait for another look
    assert freshness.of(cast.township, TODAY).words == "名单截至11月。"


def test_supplements_alone_are_called_what_they_are(cast) -> None:
    full(cast, cast.township, "dibao", NOV, coverage="supplement")
    assert freshness.of(cast.township, TODAY).words == "只导入过补充名单，还没有哪一类的全部名单。"


def test_a_year_is_said_when_it_is_not_this_one(cast) -> None:
    full(cast, cast.township, "dibao", date(2025, 12, 1))
    assert freshness.of(cast.township, TODAY).words == "名单截至2025年12月。"


def test_who_is_behind_is_measured_class_by_class(cast) -> None:
    """A class whose list comes once a quarter makes nobody late."""
    full(cast, cast.township, "dibao", NOV)
    full(cast, cast.township, "left_behind", SEP)
    full(cast, cast.other_township, "left_behind", SEP)
    found = freshness.of(cast.county, TODAY)
    assert (found.lag(cast.township.pk), found.lag(cast.other_township.pk)) == (0, 0)
    full(cast, cast.other_township, "dibao", SEP)
    found = freshness.of(cast.county, TODAY)
    assert found.lag(cast.other_township.pk) == 2
    assert {kind.words: lag for kind, lag in found.behind(cast.other_township.pk).items()} == {"低保": 2}
    assert found.of(cast.county.pk) == SEP


def test_the_same_sentence_stands_on_every_page_with_numbers(cast) -> None:
    full(cast, cast.township, "dibao", OCT)
    for role in ("township_clerk", "township_head"):
        client = signed_in(cast.users[role])
        for page in (
            "/",
            "/overview",
            reverse("visits_roster:people"),
            reverse("visits_schedule:due"),
            reverse(VIEW),
        ):
            assert "名单截至10月。" in text(client, page), (role, page)
    for page in ("/", reverse("visits_schedule:due"), reverse("visits_desk:prints")):
        assert "名单截至10月。" in text(signed_in(cast.visitor), page), page


def test_a_banner_when_the_own_list_is_older_than_last_month(cast) -> None:
    full(cast, cast.township, "dibao", OCT)
    client = signed_in(cast.township_clerk)
    assert "的名单还是" not in text(client, "/")
    full(cast, cast.township, "tekun", SEP)
    for page in ("/", reverse("visits_roster:people"), reverse(VIEW)):
        assert "特困的名单还是9月的。" in text(client, page)
    assert "特困的名单还是" not in text(signed_in(cast.township_head), "/")


# ── the table ────────────────────────────────────────────────────────────────────────────────────


def test_our_number_is_exactly_the_people_behind_its_link(cast) -> None:
    full(cast, cast.township, "dibao", OCT, "rural")
    for n in range(4):
        person = make_person(cast, name=f"人{n}")
        Membership.objects.filter(person=person).update(area="rural" if n else "urban")
    make_person(cast, name="去世的", status="dead", left_on=TODAY)
    Membership.objects.filter(person=make_person(cast, name="停了的")).update(area="rural", ends_on=OCT)
    client = signed_in(cast.township_clerk)
    page = text(client, reverse(VIEW))
    (link,) = re.findall(r'<a href="([^"]*group=dibao[^"]*)">3</a>', page)
    listed = text(client, link.replace("&amp;", "&"))
    assert set(re.findall(r">(人\d|去世的|停了的)<", listed)) == {"人1", "人2", "人3"}
    assert "共3人" in listed
    county = signed_in(cast.county_officer)
    page = text(county, f"{reverse(VIEW)}?unit={cast.township.pk}")
    (link,) = re.findall(r'<a href="([^"]*group=dibao[^"]*)">3</a>', page)
    assert "共3人" in text(county, link.replace("&amp;", "&"))


def test_the_official_figure_stands_beside_ours_with_the_difference_and_why(cast) -> None:
    bring(cast, lines(1, 2, 3), OCT)
    batch = bring(cast, [*lines(1, 2), *lines(8, village="乌有")])
    client = signed_in(cast.township_clerk)
    values = {
        "township": cast.township.pk,
        "kind": "dibao:",
        "month": "2026-11-01",
        "people": 2,
        "households": 1,
    }
    response = client.post(reverse("visits_roster:figure_new"), values)
    assert response["Location"] == f"{reverse(VIEW)}?unit={cast.township.pk}"
    page = text(client, response["Location"])
    assert "多1人" in page
    assert "1人名单上没有了，还没说明" in page
    assert reverse("visits_roster:import_missing", args=[batch.uuid]) in page
    client.post(reverse("visits_roster:figure_new"), {**values, "people": 3})
    assert "一致" in text(client, response["Location"])
    assert OfficialFigure.objects.count() == 1
    assert LogEntry.objects.filter(action="figure_noted").count() == 2


BAD = {
    "no class": ({"kind": ""}, "请选哪一类"),
    "no number": ({"people": ""}, "请填人数"),
    "a word": ({"people": "很多"}, "人数填数字"),
    "less than none": ({"people": -1}, "人数不能是负的"),
    "more families than people": ({"households": 9}, "户数比人数多"),
    "a month to come": ({"month": "2999-01-01"}, "请从列表里选月份"),
    "another township": ({"township": 1}, "请从列表里选乡镇"),
}


@pytest.mark.parametrize(("values", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_bad_figure_is_refused_at_its_field(cast, values, sentence) -> None:
    right = {"township": cast.township.pk, "kind": "dibao:", "month": "2026-11-01", "people": 2}
    response = signed_in(cast.township_clerk).post(reverse("visits_roster:figure_new"), {**right, **values})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not OfficialFigure.objects.exists()


def test_a_figure_is_written_by_the_own_clerk_and_the_own_county_only(cast) -> None:
    def note(user, township=cast.township):
        return note_figure(
            township_id=township.pk, group_id="dibao", area="rural", month=NOV, people=3, by=user, at=AT
        )

    note(cast.township_clerk)
    note(cast.county_officer)
    for user in (cast.neighbour, cast.township_head, cast.visitor, cast.inspector):
        with pytest.raises(CannotChange, match="不归您记"):
            note(user)
    with pytest.raises(CannotChange):
        note(cast.township_clerk, cast.other_township)
    with pytest.raises(IntegrityError), transaction.atomic():
        OfficialFigure.objects.create(
            county_id=1, township_id=cast.township.pk, group_id="dibao", area="rural", month=NOV, people=1,
            noted_by=cast.township_clerk, noted_at=AT,
        )  # fmt: skip


def test_each_sees_their_own_scope(cast) -> None:
    full(cast, cast.township, "dibao", NOV)
    full(cast, cast.other_township, "dibao", SEP)
    county = text(signed_in(cast.county_officer), reverse(VIEW))
    assert "低保差2个月" in county
    assert cast.other_township.name in county
    assert "名单截至11月" in county
    city = text(signed_in(cast.city_supervisor), reverse(VIEW))
    assert cast.county.name in city
    assert cast.other_county.name in city
    for role in ("township_clerk", "township_head", "inspector"):
        assert cast.township.name in text(signed_in(cast.users[role]), reverse(VIEW))
    for unit in (cast.other_township, cast.county, cast.city):
        assert signed_in(cast.township_clerk).get(f"{reverse(VIEW)}?unit={unit.pk}").status_code == 404
    assert signed_in(cast.township_clerk).get(f"{reverse(VIEW)}?unit=%27").status_code == 404
    assert signed_in(cast.visitor).get(reverse(VIEW)).status_code == 403
    drill = text(signed_in(cast.city_supervisor), f"{reverse(VIEW)}?unit={cast.township.pk}")
    assert "group=dibao" not in drill  # the city opens no files


def test_the_page_costs_as_many_queries_for_many_lists_as_for_few(cast) -> None:
    client, counts = signed_in(cast.county_officer), []
    towns = list(Region.objects.filter(level=3, county_id=cast.county.pk))
    for group in ("dibao", "tekun"):
        for town in towns:
            full(cast, town, group, OCT)
        client.get(reverse(VIEW))
        with CaptureQueriesContext(connection) as caught:
            response = client.get(reverse(VIEW))
        assert len(response.content) < 100_000
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_a_row_for_each_class_that_has_a_list_a_figure_or_people(cast) -> None:
    full(cast, cast.township, "left_behind", SEP)
    make_person(cast, groups=("tekun",))
    note_figure(
        township_id=cast.township.pk,
        group_id="dibao",
        area="urban",
        month=NOV,
        people=3,
        by=cast.township_clerk,
        at=AT,
    )
    found = [(row.kind.words, row.count, row.difference) for row in classes(cast.township, TODAY)]
    assert found == [("城市低保", 0, -3), ("特困", 1, None), ("留守儿童", 0, None)]


def test_no_address_of_the_page_holds_a_name(cast) -> None:
    make_person(cast, name="林依妹")
    page = text(signed_in(cast.township_clerk), reverse(VIEW))
    assert all("林" not in urlsplit(link).query for link in re.findall(r'href="([^"]*)"', page))
