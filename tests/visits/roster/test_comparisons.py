"""Other offices' lists against the roster: nothing changes by itself, everything is asked once."""

import uuid
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import LogEntry
from tests.cast import make_person, signed_in
from tests.visits.desk import world
from tests.visits.roster.lists import number
from visits.roster import services
from visits.roster.imports.known import words_of
from visits.roster.imports.others import death_day, read_others
from visits.roster.imports.reading import CannotUse
from visits.roster.models import Comparison, ComparisonRow, Discovery, Household, Membership, Person, Review
from visits.roster.selectors.comparisons import coverage
from visits.roster.services import CannotChange, comparisons, reviews, uncovered
from visits.roster.tasks import forget
from xunfang.kit import excel, files, jobs
from xunfang.kit.models import Job

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(AT, tick=False)


def book(rows, heads=("姓名", "公民身份号码", "死亡日期")) -> bytes:
    """As an office keeps it: a title, the head, people, a total."""
    title = [excel.Column("永泰县死亡人员名单"), *(excel.Column(" ") for _ in heads[1:])]
    total = ("合计", "", f"{len(rows)}人", *("" for _ in heads[3:]))
    return excel.write([excel.Table("11月", title, [heads, *rows, total])])


def given(
    cast, rows, kind="deaths", heads=("姓名", "公民身份号码", "死亡日期"), content=None, **more
) -> Comparison:
    made = comparisons.start(
        kind=kind, content=content or book(rows, heads), file_name="名单.xlsx", month=date(2026, 11, 1),
        group_id=more.pop("group_id", None), source="派出所", township_id=cast.township.pk,
        by=cast.township_clerk, at=AT,
    )  # fmt: skip
    assert jobs.run(made.job_id)
    made.refresh_from_db()
    return made


def row(person, day="2026-11-03", **values):
    return (values.get("name", person.name), values.get("number", person.id_number), day)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cell", "day", "approximate"),
    [
        ("2026-11-03", date(2026, 11, 3), False),
        ("2026年11月3日", date(2026, 11, 3), False),
        ("20261103", date(2026, 11, 3), False),
        (date(2026, 11, 3), date(2026, 11, 3), False),
        ("2026.10", date(2026, 10, 31), True),
        ("2026年2月", date(2026, 2, 28), True),
        ("不详", None, False),
    ],
    ids=str,
)
def test_a_day_of_death_is_read_as_offices_write_it(cell, day, approximate) -> None:
    assert death_day(cell) == (day, approximate)


def test_lines_that_are_wrong_say_why_and_no_digit(cast) -> None:
    good = number(7)
    rows = [
        ("林甲", good, "2026-11-03"),
        ("林甲", good, "2026-11-03"),
        ("林乙", good[:-1], "2026-11-03"),
        ("林丙", number(8), "不详"),
        ("林丁", number(9), "2027-01-03"),
        ("", number(10), "2026-11-03"),
    ]
    found = read_others(excel.read(book(rows)), TODAY, words_of(cast.township.pk, TODAY), with_day=True)
    assert [one.id is not None for one in found] == [True, False, False, False, False, False]
    assert [one.why[:4] for one in found[1:]] == [
        "与11月", "位数不对", "去世日期", "去世日期", "没有写姓",
    ]  # fmt: skip
    assert not any(good[:-1] in one.why for one in found)


@pytest.mark.parametrize(
    ("heads", "line", "words"),
    [
        (("姓名", "地址", "死亡日期"), ("林甲", "某路", "2026-11-03"), "没有找到表头"),
        (("姓名", "身份证号", "地址"), ("林甲", number(1), "某路"), "没有找到去世日期"),
    ],
    ids=["no id", "no day"],
)
def test_a_list_without_its_columns_says_which(cast, heads, line, words) -> None:
    with pytest.raises(CannotUse, match=words):
        read_others(
            excel.read(book([line], heads)), TODAY,
            words_of(cast.township.pk, TODAY), with_day=True,
        )  # fmt: skip


# ── deaths ───────────────────────────────────────────────────────────────────────────────────────


def test_a_death_list_asks_about_the_living_and_changes_nothing(cast) -> None:
    living, other = make_person(cast), make_person(cast, name="林别人")
    stranger = make_person(cast, village=cast.other_county_village)
    found = given(cast, [row(living), ("不认识", number(3), "2026-11-03"), row(stranger)])
    assert found.state == "done"
    assert (found.counts["waiting"], found.counts["elsewhere"]) == (1, 2)
    (asked,) = Review.objects.all()
    assert (asked.person, asked.kind, asked.ref) == (living, "death_list", str(found.pk))
    assert asked.detail == {"on": "2026-11-03", "approximate": False, "name_differs": False}
    assert Person.objects.filter(status="live").count() == 3
    # Of those who are nobody here nothing is kept.
    assert found.rows.count() == 1
    assert other.pk not in Review.objects.values_list("person_id", flat=True)
    assert LogEntry.objects.get(action="list_compared").detail["waiting"] == 1


def test_who_is_registered_with_another_day_is_told_and_put_right(cast) -> None:
    one, same, month = make_person(cast), make_person(cast, name="林同日"), make_person(cast, name="林大概")
    for person, day, rough in ((one, 10, False), (same, 3, False), (month, 30, True)):
        services.mark_left(
            person_id=person.pk, status="dead", on=date(2026, 11 if day < 24 else 10, day), approximate=rough,
            by=cast.visitor, at=AT,
        )  # fmt: skip
    found = given(cast, [row(one), row(same), row(month, "2026-10-02")])
    assert (found.counts["other_date"], found.counts["known"]) == (1, 2)
    client = signed_in(cast.township_clerk)
    page = client.get(reverse("visits_roster:compare_detail", args=[found.uuid])).content.decode()
    assert "照名单改" in page
    row_pk = found.rows.get(person=one).pk
    client.post(reverse("visits_roster:compare_redate", args=[found.uuid, row_pk]))
    one.refresh_from_db()
    assert one.left_on == date(2026, 11, 3)


def test_the_clerk_confirms_many_at_once_and_the_contradiction_is_seen_first(cast) -> None:
    people = [make_person(cast, name=f"林依{n}") for n in range(3)]
    Person.objects.update(created_at=AT - timedelta(days=900))
    world.visit(people[0], date(2026, 11, 8), cast.visitor)
    found = given(cast, [row(person) for person in people])
    client = signed_in(cast.township_clerk)
    url = reverse("visits_roster:compare_detail", args=[found.uuid])
    page = client.get(url).content.decode()
    assert "3人要核" in page
    assert "11月8日 周日还有一次见到本人的巡访" in page
    ids = list(Review.objects.values_list("pk", flat=True))
    assert "请先在左边勾人" in client.post(url, {"kind": "death_list", "outcome": "dead"}).content.decode()
    answer = client.post(url, {"kind": "death_list", "outcome": "dead", "review": ids})
    assert answer.status_code == 302
    assert Person.objects.filter(status="dead", left_on=date(2026, 11, 3)).count() == 3
    assert Person.objects.first().left_reason == "2026年11月死亡名单（派出所）"
    # The visit that came later is the township's to explain.
    asked = Review.objects.get(kind="seen_after_death", settled_at=None)
    deaths = reverse("visits_roster:deaths")
    assert "11月8日 周日写着见到本人" in client.get(deaths).content.decode()
    values = {"kind": "seen_after_death", "review": [asked.pk], "outcome": "visit_wrong"}
    assert "请写一句说明" in client.post(deaths, values).content.decode()
    assert client.post(deaths, {**values, "note": "应是10月8日"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.outcome, asked.note) == ("visit_wrong", "应是10月8日")


def test_not_the_same_person_and_alive_are_said_with_a_note_and_not_asked_again(cast) -> None:
    person = make_person(cast)
    found = given(cast, [row(person)])
    (asked,) = Review.objects.all()
    common = {"review_ids": [asked.pk], "by": cast.township_clerk, "at": AT}
    with pytest.raises(CannotChange, match="请写一句说明"):
        reviews.settle_reviews(outcome="alive", note="", **common)
    assert reviews.settle_reviews(outcome="alive", note="昨天还去看过", **common).done == 1
    assert given(cast, [row(person)]).counts["checked"] == 1
    assert given(cast, [row(person, "2026-11-20")]).counts["waiting"] == 1
    assert given(cast, [row(person)]).counts["asked"] == 1
    assert Review.objects.count() == 2
    assert found.counts["waiting"] == 1


def test_a_question_settled_by_somebody_else_is_left_and_said(cast) -> None:
    one, other = make_person(cast), make_person(cast, name="林另一")
    given(cast, [row(one), row(other)])
    first, second = Review.objects.order_by("pk")
    common = {"outcome": "dead", "by": cast.township_clerk, "at": AT}
    reviews.settle_reviews(review_ids=[first.pk], **common)
    result = reviews.settle_reviews(review_ids=[first.pk, second.pk], **common)
    assert result.done == 1
    assert result.left == [(one.name, "这件已经核过了，请刷新后再看")]


def test_a_death_that_is_taken_back_is_a_question_again(cast) -> None:
    person = make_person(cast)
    given(cast, [row(person)])
    (asked,) = Review.objects.all()
    reviews.settle_reviews(review_ids=[asked.pk], outcome="dead", by=cast.township_clerk, at=AT)
    services.undo_left(person_id=person.pk, by=cast.township_clerk, at=AT)
    asked.refresh_from_db()
    assert (asked.outcome, asked.settled_at) == ("", None)


def test_a_name_that_differs_is_shown(cast) -> None:
    found = given(cast, [row(make_person(cast), name="林依姝")])
    page = signed_in(cast.township_clerk).get(reverse("visits_roster:compare_detail", args=[found.uuid]))
    assert "名单上的姓名不一样" in page.content.decode()


def test_the_family_of_who_died_waits_on_the_page_of_deaths(cast) -> None:
    home = Household.objects.create(
        county_id=cast.county.pk, township_id=cast.township.pk, village_id=cast.village.pk, head_name="林依金"
    )
    dead, wife = (
        make_person(cast, name="林依金", household=home),
        make_person(cast, name="林依妹", household=home),
    )
    services.mark_left(person_id=dead.pk, status="dead", on=TODAY, by=cast.visitor, at=AT)
    client = signed_in(cast.township_clerk)
    assert "1件对不上、要核的" in client.get("/").content.decode()
    page = client.get(reverse("visits_roster:deaths")).content.decode()
    assert "家里有人去世" in page
    asked = Review.objects.get(person=wife)
    client.post(
        reverse("visits_roster:deaths"),
        {"kind": "household_death", "review": [asked.pk], "outcome": "checked"},
    )
    asked.refresh_from_db()
    assert asked.outcome == "checked"


# ── 底数 ─────────────────────────────────────────────────────────────────────────────────────────

BASE = ("姓名", "身份证号", "村", "联系电话")


def base(cast, rows, **more) -> Comparison:
    return given(cast, rows, kind="base", heads=BASE, group_id="dibao", **more)


def line(person, village="月洲村"):
    return (person.name, person.id_number, village, "")


def test_both_only_there_only_here_and_wrong_are_told_apart_and_counted(cast) -> None:
    listed, here = make_person(cast), make_person(cast, name="林多出")
    other = make_person(cast, name="林特困", groups=("tekun",))
    dead = make_person(cast, name="林去世")
    services.mark_left(person_id=dead.pk, status="dead", on=TODAY, by=cast.visitor, at=AT)
    far = make_person(cast, name="林外乡", village=cast.other_county_village)
    loose = make_person(cast, name="林临时", birth=date(1940, 1, 2))
    loose_number = loose.id_number
    Person.objects.filter(pk=loose.pk).update(
        id_number=None, id_index=None, id_tail=None, tail_index=None, temporary_no="永泰临-1"
    )
    found = base(
        cast,
        [line(listed), line(other), line(dead), line(far), ("林临时", loose_number, "", ""),
         ("新来的", number(3), "月洲村", "13800004471"), ("错号", number(4)[:-1], "", "")],
    )  # fmt: skip
    counts = found.counts
    assert {key: counts[key] for key in ("both", "missing", "no_class", "dead", "elsewhere", "only_roster", "wrong")} == {
        "both": 2, "missing": 1, "no_class": 1, "dead": 1, "elsewhere": 1, "only_roster": 1, "wrong": 1,
    }  # fmt: skip
    assert coverage(counts)[0] == "40.0%"
    assert "2人 ÷ 名单上看得懂的5人" in coverage(counts)[1]
    asked = Review.objects.get()
    assert (asked.person, asked.kind) == (here, "base_only_here")
    page = signed_in(cast.township_clerk).get(reverse("visits_roster:compare_detail", args=[found.uuid]))
    text = page.content.decode()
    for words in (
        "覆盖率40.0%",
        "新来的",
        "有档案，没有列入这一类",
        "系统里已登记去世，名单上还有",
        "林多出",
    ):
        assert words in text
    # The stranger's own line is all that is shown of them.
    assert str(far.uuid) not in text


def test_the_missing_are_downloaded_as_a_list_that_can_be_brought_in(cast) -> None:
    from visits.roster.imports import services as imports

    found = base(cast, [line(make_person(cast)), ("新来的", number(3), "月洲村", "13800004471")])
    client = signed_in(cast.township_clerk)
    answer = client.get(reverse("visits_roster:compare_missing", args=[found.uuid]))
    assert answer["Content-Type"] == excel.CONTENT_TYPE
    batch = imports.start(
        content=BytesIO(answer.content).getvalue(), file_name="漏访.xlsx", month=TODAY,
        default_start=date(2026, 10, 1), township_id=cast.township.pk, by=cast.township_clerk, at=AT,
    )  # fmt: skip
    imports.read(import_id=batch.pk, today=TODAY, at=AT, progress=lambda *_: None)
    batch.refresh_from_db()
    assert (batch.counts["new"], batch.counts["wrong"]) == (1, 0)
    assert LogEntry.objects.filter(action="missing_downloaded").count() == 1


def test_the_missing_become_discoveries_once_and_those_without_a_village_stay(cast) -> None:
    found = base(
        cast,
        [line(make_person(cast)), ("新来的", number(3), "月洲村", ""), ("没写村", number(4), "", "")],
    )
    client = signed_in(cast.township_clerk)
    url = reverse("visits_roster:compare_tell", args=[found.uuid])
    page = client.post(url, follow=True).content.decode()
    assert "1人放进了“发现新对象”" in page
    assert "1人没写村" in page
    made = Discovery.objects.get()
    assert (made.name, made.village_id, made.group_id) == ("新来的", cast.village.pk, "dibao")
    client.post(url)
    assert Discovery.objects.count() == 1
    rows = comparisons.missing_rows(found)
    assert len(uncovered.told_rows(found, rows)) == 1


def test_who_is_here_only_is_kept_or_ended_by_the_clerk(cast) -> None:
    listed, one, other = (make_person(cast, name=f"林依{n}") for n in range(3))
    base(cast, [line(listed)] + [line(make_person(cast, name=f"林多{n}")) for n in range(3)])
    common = {"by": cast.township_clerk, "at": AT}
    first, second = Review.objects.get(person=one), Review.objects.get(person=other)
    with pytest.raises(CannotChange, match="请填最后一天"):
        reviews.settle_reviews(review_ids=[first.pk], outcome="ended", note="", **common)
    reviews.settle_reviews(
        review_ids=[first.pk], outcome="ended", note="", ends_on=date(2026, 10, 31), **common
    )
    reviews.settle_reviews(review_ids=[second.pk], outcome="stays", note="名单漏了", **common)
    assert Membership.objects.get(person=one).ends_on == date(2026, 10, 31)
    assert Membership.objects.get(person=other).ends_on is None


def test_a_list_of_less_than_half_is_held_until_somebody_says_it_is_right(cast) -> None:
    people = [make_person(cast, name=f"林依{n}") for n in range(5)]
    found = base(cast, [line(people[0]), line(people[1])])
    assert found.counts["held"]
    assert not Review.objects.exists()
    client = signed_in(cast.township_clerk)
    page = client.get(reverse("visits_roster:compare_detail", args=[found.uuid])).content.decode()
    assert "少一半多，是不是传错了" in page
    client.post(reverse("visits_roster:compare_release", args=[found.uuid]))
    assert Review.objects.count() == 3


# ── files, jobs, forgetting ──────────────────────────────────────────────────────────────────────


def test_a_file_that_can_not_be_read_says_so_and_a_bad_one_is_refused_at_the_door(cast) -> None:
    found = given(cast, [], content=book([("甲", "乙", "丙")], ("编号", "地址", "数量")))
    assert (found.state, found.refusal[:7]) == ("refused", "没有找到表头。")
    client = signed_in(cast.township_clerk)
    upload = BytesIO(b"<html>")
    upload.name = "a.xls"
    answer = client.post(
        reverse("visits_roster:compare"),
        {"kind": "deaths", "month": "2026-11-01", "township": cast.township.pk, "file": upload},
    )
    assert answer.status_code == 422
    assert Comparison.objects.count() == 1


def test_an_upload_is_compared_in_the_background_with_a_bar(cast) -> None:
    person = make_person(cast)
    client = signed_in(cast.township_clerk)
    upload = BytesIO(book([row(person)]))
    upload.name = "死亡名单.xlsx"
    values = {
        "kind": "deaths",
        "month": "2026-11-01",
        "township": cast.township.pk,
        "source": "派出所",
        "file": upload,
    }
    answer = client.post(reverse("visits_roster:compare"), values)
    found = Comparison.objects.get()
    assert answer.url == reverse("visits_roster:compare_detail", args=[found.uuid])
    assert "正在比对" in client.get(answer.url).content.decode()
    progress = reverse("visits_roster:compare_progress", args=[found.uuid])
    assert "<progress" in client.get(progress).content.decode()
    assert Job.objects.get(pk=found.job_id).payload == {"comparison_id": found.pk}
    jobs.run(found.job_id)
    assert client.get(progress).headers["HX-Refresh"] == "true"
    # Run again by a worker that was late: nothing more.
    comparisons.compare(comparison_id=found.pk, today=TODAY, at=AT, progress=lambda *_: None)
    assert (found.rows.count(), Review.objects.count()) == (1, 1)


def test_after_seven_days_the_rows_are_gone_and_the_counts_stay(cast, time_machine) -> None:
    found = base(cast, [line(make_person(cast)), ("新来的", number(3), "月洲村", "")])
    kept = dict(found.counts)
    time_machine.move_to(AT + timedelta(days=8), tick=False)
    forget()
    files.delete_expired(AT + timedelta(days=8))
    assert not ComparisonRow.objects.exists()
    found.refresh_from_db()
    assert found.counts == kept
    assert len(found.file.sha256) == 64
    with pytest.raises(CannotChange, match="满7天"):
        uncovered.missing_workbook(comparison_id=found.pk, by=cast.township_clerk, at=AT, footer="")


def test_nobody_else_brings_or_settles(cast) -> None:
    person = make_person(cast)
    found = given(cast, [row(person)])
    (asked,) = Review.objects.all()
    for user in (cast.visitor, cast.county_officer, cast.neighbour):
        with pytest.raises(CannotChange):
            comparisons.start(
                kind="deaths", content=b"x", file_name="a", month=TODAY, group_id=None, source="",
                township_id=cast.township.pk, by=user, at=AT,
            )  # fmt: skip
        result = reviews.settle_reviews(review_ids=[asked.pk], outcome="dead", by=user, at=AT)
        assert (result.done, len(result.left)) == (0, 1)
        with pytest.raises(CannotChange):
            comparisons.release(comparison_id=found.pk, by=user, at=AT)
    assert Person.objects.get(pk=person.pk).status == "live"


def test_the_database_wants_a_class_for_a_base_list(cast) -> None:
    stored = files.store(
        b"x", name="a", content_type="text/csv", kind="comparison", owner_id=cast.township_clerk.pk
    )
    common = {
        "county_id": 1,
        "township_id": 2,
        "month": TODAY,
        "file": stored,
        "created_by": cast.township_clerk,
    }
    for kind, group in (("base", None), ("deaths", "dibao")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Comparison.objects.create(kind=kind, group_id=group, created_at=AT, uuid=uuid.uuid4(), **common)


def test_ten_and_a_hundred_questions_cost_the_same_queries(cast) -> None:
    client = signed_in(cast.township_clerk)

    def queries(count: int) -> int:
        people = [make_person(cast, name=f"林依{n}") for n in range(count)]
        found = given(cast, [row(person) for person in people])
        url = reverse("visits_roster:compare_detail", args=[found.uuid])
        client.get(url)
        with CaptureQueriesContext(connection) as caught:
            client.get(url)
        return len(caught)

    assert queries(10) == queries(90)
