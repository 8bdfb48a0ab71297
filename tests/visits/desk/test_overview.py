"""The overview: the same numbers from the city down to the list, nobody's name above the county."""

import html
import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Post, Region
from tests.cast import make_person, signed_in
from tests.visits.desk.test_homes import page
from tests.visits.desk.world import item, random_world, rule, villages_of, visit
from visits.desk import attention
from visits.roster.models import Person, RosterImport
from xunfang.kit.models import StoredFile

pytestmark = pytest.mark.django_db


def anchors(text):
    """(address, words) of every link."""
    found = re.findall(r'<a[^>]*href="([^"]*)"[^>]*>(.*?)</a>', text, re.S)
    return [(html.unescape(url), re.sub(r"<[^>]*>", "", said).strip()) for url, said in found]


def numbers(text):
    """(address, number) of every link to a list: of the table, of the tiles, of the filter chips."""
    table = [(url, int(said)) for url, said in anchors(text) if "/overview/people" in url and said.isdigit()]
    tiles = re.findall(r'<a class="xf-stat" href="([^"]*)">.*?<span class="v">([\d,]+)<', text, re.S)
    chips = [
        (url, int(said.split()[1].replace(",", "")))
        for url, said in anchors(text)
        if "/overview/people" in url and re.fullmatch(r"\S+ [\d,]+", said)
    ]
    return table + [(html.unescape(url), int(n.replace(",", ""))) for url, n in tiles] + chips


def length(client, url):
    """How many people the list behind an address holds, all pages."""
    text = page(client, url)
    rows = text.count('<th scope="row">')
    following = [u for u, said in anchors(text) if said == "下一页"]
    return rows + (length(client, following[0]) if following else 0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_number_of_every_level_leads_to_as_many_people(cast, seed):
    random_world(cast, seed)
    client = signed_in(cast.city_supervisor)
    for unit in (cast.city, cast.county, cast.township, cast.village):
        found = numbers(page(client, f"/overview?unit={unit.pk}"))
        found += numbers(page(client, f"/overview/people?unit={unit.pk}"))
        assert len(found) >= 20
        for url, number in found:
            assert length(client, url) == number, url


def test_four_clicks_lead_from_the_city_to_the_list_with_the_same_number(cast):
    person = make_person(cast, name="林依妹")
    item(person, date(2026, 10, 1), date(2026, 12, 31))
    client = signed_in(cast.city_supervisor)
    text = page(client, "/overview")
    for name in ("永泰县", "嵩口镇", "月洲村"):
        (url,) = [
            url for url, said in anchors(text) if said == name and "unit=" in url and "people" not in url
        ]
        text = page(client, url)
        assert "应访</span>" in text
    (url,) = [url for url, said in anchors(text) if said.startswith("应访") and "measure=due" in url][:1]
    assert length(client, url) == 1


def test_the_city_sees_masked_names_and_the_way_to_a_reason_and_the_county_full_ones(cast):
    person = make_person(cast, name="林依妹", hamlet="祠堂边")
    item(person, date(2026, 10, 1), date(2026, 12, 31))
    for url in (f"/overview/people?unit={cast.county.pk}", f"/overview?unit={cast.village.pk}"):
        text = page(signed_in(cast.city_supervisor), url)
        assert "林**" in text
        for secret in ("林依妹", f"/person/{person.uuid}", "祠堂边", person.assignee.name, "83岁"):
            assert secret not in text
        assert (f"/roster/{person.uuid}/look", "写明理由后查看") in anchors(text)
    text = page(signed_in(cast.county_officer), f"/overview/people?unit={cast.county.pk}")
    assert "林依妹" in text
    assert str(person.uuid) in text


def test_who_moved_out_of_the_county_is_masked_in_its_old_figures(cast):
    person = make_person(cast, name="林依妹")
    owed = item(person, date(2026, 10, 1), date(2026, 12, 31))
    visit(person, date(2026, 11, 2), cast.visitor, items=[owed])
    there = cast.other_county_village
    Person.objects.filter(pk=person.pk).update(
        village_id=there.pk, township_id=there.township_id, county_id=there.county_id
    )
    text = page(signed_in(cast.county_officer), "/overview/people?measure=done")
    assert "林**" in text
    assert "林依妹" not in text
    assert "已转到别的单位" in text


@pytest.mark.parametrize("url", ["/overview", "/overview/people"])
def test_a_unit_outside_ones_scope_is_not_found_like_one_that_does_not_exist(cast, url):
    outside = {
        "township_clerk": [cast.city, cast.county, cast.other_township, cast.other_county],
        "county_officer": [cast.city, cast.other_county, cast.other_county_village],
        "inspector": [cast.county, cast.other_township],
    }
    for who, units in outside.items():
        client = signed_in(getattr(cast, who))
        assert client.get(url).status_code == 200
        for unit in units:
            assert client.get(url, {"unit": unit.pk}).status_code == 404
        for text in ("999999999", "x", "１２", "9" * 30, "-1"):
            assert client.get(url, {"unit": text}).status_code == 404


@pytest.mark.parametrize(
    "who", ["visitor", "village_head", "liaison", "system_admin", "city_business", "auditor"]
)
def test_other_roles_have_no_overview(cast, who):
    client = signed_in(getattr(cast, who))
    assert client.get("/overview").status_code == 403
    assert client.get("/overview/people").status_code == 403


def test_an_address_with_nonsense_shows_the_running_quarter(cast):
    client = signed_in(cast.county_officer)
    for text in ("", "2026Q9", "2027Q1", "2026-11", "x"):
        assert "2026年第四季度" in page(client, f"/overview?period={text}")
    assert "2026年第三季度" in page(client, "/overview?period=2026Q3")
    assert "2026年下半年" in page(client, "/overview?period=2026H2")
    assert client.get("/overview/people?measure=x").status_code == 404
    assert client.get("/overview/people?after=x").status_code == 200


def test_a_list_of_more_than_a_page_shows_everybody_once(cast):
    for n in range(60):
        person = make_person(cast, name=f"陈依{n:02}", hamlet=("上洋", "后溪", "")[n % 3])
        item(person, date(2026, 10, 1), date(2026, 12, 31))
    client = signed_in(cast.township_clerk)
    text = page(client, "/overview/people")
    (following,) = [url for url, said in anchors(text) if said == "下一页"]
    both = text + page(client, following)
    assert sorted(re.findall(r"陈依\d\d", both)) == sorted({f"陈依{n:02}" for n in range(60)})


def test_no_figures_say_why_and_what_next(cast):
    text = page(signed_in(cast.township_clerk), "/overview")
    assert "还没有导入过名单" in text
    assert "这一期还没有到期的巡访" in text
    assert "没有应访的人" in page(signed_in(cast.township_clerk), "/overview/people")
    assert "这一期没有应访的人" in page(signed_in(cast.township_clerk), f"/overview?unit={cast.village.pk}")


def test_the_page_says_how_old_the_lists_are(cast):
    file = StoredFile.objects.create(sha256="0" * 64, size=1, name="-", content_type="-", kind="import")
    for township, month in ((cast.township, 11), (cast.other_township, 9)):
        RosterImport.objects.create(
            county_id=township.county_id, township_id=township.pk, file=file, month=date(2026, month, 1),
            default_start=date(2026, 1, 1), state="done", created_by=cast.township_clerk, group_id="dibao",
            coverage="full",
        )  # fmt: skip
    total = Region.objects.live(date(2026, 11, 24)).filter(level=3, county_id=cast.county.pk).count()
    text = page(signed_in(cast.county_officer), "/overview")
    assert f"名单截至11月；{total - 1}个乡镇（街道）还没更新到这个月。" in text
    assert "名单还是9月的" in text
    assert "名单截至11月。" in page(signed_in(cast.township_clerk), "/overview")


def test_a_unit_that_is_behind_is_named_with_whom_to_ring(cast):
    for n in range(12):
        person = make_person(cast, name=f"陈依{n}")
        item(person, date(2026, 10, 1), date(2026, 12, 31), due_on=date(2026, 11, 1))
    text = page(signed_in(cast.county_officer), "/overview")
    assert "需要关注" in text
    assert "12人逾期</a>，占应访12人的100.0%（全县100.0%）。" in text
    assert "1件，都可以打个电话问" in text
    assert f"tel:{cast.township_clerk.phone}" in text


def test_what_needs_attention_says_why_and_promises_no_call_where_nobody_is_in_charge(cast):
    for n in range(24):
        person = make_person(cast, name=f"陈依{n}", village=villages_of(cast)[n % 2 * 2])
        owed = item(person, date(2026, 10, 1), date(2026, 12, 31))
        if n % 2:
            visit(person, date(2026, 11, 2), cast.visitor, items=[owed])
    for client, opens in ((signed_in(cast.county_officer), True), (signed_in(cast.city_supervisor), False)):
        url = f"/overview?unit={cast.county.pk}"
        Post.objects.filter(region=cast.township, role="township_clerk").update(ends_on=None)
        assert f"tel:{cast.township_clerk.phone}" in page(client, url)
        Post.objects.filter(region=cast.township, role="township_clerk").update(ends_on=date(2026, 11, 1))
        text = page(client, url)
        text = text[text.index("需要关注") : text.index("xf-stats")]
        assert re.search(r"0\.0%</a>，比全县低50\.0个点；完成率0\.0%。", text)
        assert "这里还没有负责人" in text
        assert "电话" not in text
        assert ("去开账号" in text) is opens
    assert attention.words([{"nobody": True}, {"tel": "1"}]) == "2件，有电话的可以打个电话问"


def test_a_quarter_with_visits_of_a_half_year_says_so_and_is_held_against_one_of_its_kind(cast):
    person, other = make_person(cast), make_person(cast)
    half = item(person, date(2026, 7, 1), date(2026, 12, 31), by=rule("half"))
    visit(person, date(2026, 7, 13), cast.visitor, items=[half])
    item(other, date(2026, 7, 1), date(2026, 9, 30))
    client = signed_in(cast.county_officer)
    text = page(client, "/overview")
    assert (
        '<span class="d">含半年一次的</span>' in text
    )  # the quarter before is of another kind: nothing to hold it against
    assert "和以前各期同一天比；2026年第三季度不含半年一次的" in text
    item(other, date(2025, 10, 1), date(2025, 12, 31))
    text = page(client, "/overview")
    assert '<span class="d">含半年一次的；2025年第四季度1人</span>' in text
    assert text.index("2025年第四季度，全期") < text.index("2026年第三季度，全期")
    assert "含半年一次的" not in page(client, "/overview?period=2026H2")
    text = page(client, "/overview/people?measure=done")
    assert "7月13日 周一访的（半年一次）" in text
    assert "半年一次的也在这个季度到期" in text
    assert "半年一次的也" not in page(client, "/overview/people?measure=due&period=2026Q3")


def test_how_each_figure_is_counted_stands_on_the_page(cast):
    text = page(signed_in(cast.county_officer), "/overview")
    assert "各项怎么算的" in text
    assert "已访人数 ÷ 应访人数" in text
    assert "不排名" in text


@pytest.mark.parametrize(
    "url", ["/overview", "/overview/people?measure=due", "/overview/people?measure=roster"]
)
@pytest.mark.parametrize("who", ["city_supervisor", "county_officer", "township_clerk"])
def test_figures_cost_the_same_queries_for_10_and_100_people(cast, who, url):
    def queries():
        client = signed_in(getattr(cast, who))
        client.get(url)
        with CaptureQueriesContext(connection) as caught:
            page(client, url)
        return len(caught)

    def crowd(first, last):
        for n in range(first, last):
            person = make_person(cast, name=f"陈依{n}", village=(cast.village, cast.other_village)[n % 2])
            item(person, date(2026, 10, 1), date(2026, 12, 31), due_on=date(2026, 11, 1 + n % 28))

    crowd(0, 10)
    few = queries()
    crowd(10, 100)
    assert queries() == few


def test_who_has_not_begun_stands_in_a_sentence_and_not_as_a_row_of_zeros(cast):
    make_person(cast)
    text = page(signed_in(cast.city_supervisor), "/overview")
    table = text[text.index("<tbody>") : text.index("</tbody>")]
    assert cast.county.name in table
    assert cast.other_county.name not in table
    bare = text[text.index("还没有名单的") :]
    assert cast.other_county.name in bare[: bare.index("</p>")]
    assert cast.county.name not in bare[: bare.index("</p>")]
