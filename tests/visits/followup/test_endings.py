"""A recommendation to end aid: no more than that, until every legal step is taken; and nothing ends by itself."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from tests.cast import Cast, signed_in
from tests.visits.followup.casework import DAY, approved, at, filed, on_duty, somebody, told
from visits.followup.models import AidEnding, Case
from visits.followup.selectors import timely
from visits.followup.services import endings
from visits.roster.models import Membership, Review
from visits.roster.services.common import CannotChange


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(at(DAY, 18), tick=False):
        yield


def paper() -> bytes:
    made = BytesIO()
    Image.new("RGB", (60, 40)).save(made, "JPEG")
    return made.getvalue()


def recommended(cast: Cast, kind: str = "stop", group: str = "dibao", **more: object) -> AidEnding:
    person = somebody(cast, groups=(group, "old_alone"), birth=date(1938, 2, 3))
    return endings.recommend(
        person_id=person.pk, group_id=group, kind=kind, reason="儿子每月给两千元", by=cast.township_clerk, at=at(), **more
    )  # fmt: skip


def test_each_step_in_its_order_and_the_class_is_ended_by_hand(cast: Cast) -> None:
    row = recommended(cast)
    clerk, officer = cast.township_clerk, cast.county_officer
    decision = {
        "ending_id": row.pk,
        "decision_no": "永民停〔2026〕8号",
        "decided_on": DAY,
        "effective_from": None,
    }
    with pytest.raises(CannotChange, match="还没有核实"):
        endings.decide(by=officer, at=at(), **decision)
    endings.check(ending_id=row.pk, on=DAY, how="入户看过，查了社保", by=clerk, at=at())
    with pytest.raises(CannotChange, match="还没有书面告知"):
        endings.decide(by=officer, at=at(), **decision)
    with pytest.raises(CannotChange, match="复议"):
        endings.tell(ending_id=row.pk, on=DAY, photo=paper(), remedies=False, by=clerk, at=at())
    with pytest.raises(CannotChange, match="照片"):
        endings.tell(ending_id=row.pk, on=DAY, photo=None, remedies=True, by=clerk, at=at())
    endings.tell(ending_id=row.pk, on=DAY, photo=paper(), remedies=True, by=clerk, at=at())
    with pytest.raises(CannotChange, match="由县级"):
        endings.decide(by=clerk, at=at(), **decision)
    done = endings.decide(by=officer, at=at(), **decision)
    assert (done.state, done.effective_from) == ("decided", date(2026, 12, 1))
    assert Membership.objects.live(DAY).filter(person=row.person).count() == 2
    asked = Review.objects.get(kind="aid_decided")
    assert (asked.person, asked.due_on, asked.detail["group"]) == (row.person, date(2026, 12, 1), "dibao")


def test_the_end_of_tekun_is_published_for_seven_days_and_counts_from_next_month(cast: Cast) -> None:
    row = recommended(cast, "end", "tekun")
    clerk = cast.township_clerk
    with pytest.raises(CannotChange, match="先核实"):
        endings.publish(ending_id=row.pk, since=DAY, by=clerk, at=at())
    endings.check(ending_id=row.pk, on=DAY, how="入户", by=clerk, at=at())
    published = endings.publish(ending_id=row.pk, since=DAY, by=clerk, at=at())
    assert published.published_to == date(2026, 11, 30)
    endings.tell(ending_id=row.pk, on=DAY, photo=paper(), remedies=True, by=clerk, at=at())
    said = {"ending_id": row.pk, "decision_no": "8号", "effective_from": date(2026, 12, 5)}
    last = date(2026, 11, 30)
    with pytest.raises(CannotChange, match="公示满七天"):
        endings.decide(decided_on=last, by=on_duty(cast.county_officer, last), at=at(last), **said)
    after = date(2026, 12, 1)
    done = endings.decide(decided_on=after, by=on_duty(cast.county_officer, after), at=at(after), **said)
    assert done.effective_from == date(2027, 1, 1)


def test_more_aid_needs_no_notice_and_asks_nobody(cast: Cast) -> None:
    row = recommended(cast, "increase")
    endings.check(ending_id=row.pk, on=DAY, how="入户", by=cast.township_clerk, at=at())
    endings.decide(
        ending_id=row.pk, decision_no="9号", decided_on=DAY, effective_from=DAY - timedelta(days=23),
        by=cast.county_officer, at=at(),
    )  # fmt: skip
    assert not Review.objects.filter(kind="aid_decided").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"kind": "end"}, "kind"), ({"group_id": "tekun"}, "group"), ({"reason": "待研究"}, "reason")],
    ids=["what ends is 特困", "not in the class", "no reason"],
)
def test_a_recommendation_that_can_not_be_is_refused(cast: Cast, changes: dict, field: str) -> None:
    person = somebody(cast)
    values = {"person_id": person.pk, "group_id": "dibao", "kind": "stop", "reason": "收入高了"} | changes
    with pytest.raises(CannotChange) as refused:
        endings.recommend(by=cast.township_clerk, at=at(), **values)
    assert refused.value.field == field
    with pytest.raises(CannotChange):
        endings.recommend(by=cast.visitor, at=at(), **values)


def test_dropped_with_a_reason_and_another_may_be_made(cast: Cast) -> None:
    row = recommended(cast)
    again = {"person_id": row.person_id, "group_id": "dibao", "kind": "decrease", "reason": "收入高了"}
    with pytest.raises(CannotChange, match="已经有一份"):
        endings.recommend(by=cast.township_clerk, at=at(), **again)
    with pytest.raises(CannotChange, match="为什么不调整"):
        endings.drop(ending_id=row.pk, outcome=" ", by=cast.township_clerk, at=at())
    endings.drop(ending_id=row.pk, outcome="核过，没有超过标准", by=cast.township_clerk, at=at())
    assert endings.recommend(by=cast.township_clerk, at=at(), **again).state == "recommended"


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""}, {"checked_on": DAY}, {"published_from": DAY}, {"state": "decided"}, {"state": "dropped"},
        {"settled_at": at()}, {"published_from": DAY, "published_to": DAY - timedelta(days=1)},
        {"told_on": DAY}, {"published_from": DAY, "published_to": DAY},
    ],
    ids=str,
)  # fmt: skip
def test_the_database_refuses_half_a_step(cast: Cast, wrong: dict) -> None:
    row = recommended(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        AidEnding.objects.filter(pk=row.pk).update(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"told_on": DAY}, {"published_from": DAY, "published_to": DAY}], ids=["told", "published"]
)
def test_nothing_is_told_or_published_before_it_was_checked(cast: Cast, wrong: dict) -> None:
    row, after = recommended(cast, "end", "tekun"), DAY + timedelta(days=1)
    endings.check(ending_id=row.pk, on=DAY, how="入户", by=cast.township_clerk, at=at())
    AidEnding.objects.filter(pk=row.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        AidEnding.objects.filter(pk=row.pk).update(checked_on=after)
    by = on_duty(cast.township_clerk, after)
    with pytest.raises(CannotChange, match="已经公示或告知过了") as refused:
        endings.check(ending_id=row.pk, on=after, how="又去了一次", by=by, at=at(after))
    assert refused.value.field == "on"


def test_the_database_refuses_a_second_open_one_and_an_end_that_was_not_published(cast: Cast) -> None:
    row = recommended(cast, "end", "tekun")
    endings.check(ending_id=row.pk, on=DAY, how="入户", by=cast.township_clerk, at=at())
    endings.tell(ending_id=row.pk, on=DAY, photo=paper(), remedies=True, by=cast.township_clerk, at=at())
    decided = {"state": "decided", "decision_no": "1", "decided_on": DAY, "effective_from": DAY,
               "settled_by": cast.county_officer, "settled_at": at()}  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        AidEnding.objects.filter(pk=row.pk).update(**decided)
    with pytest.raises(IntegrityError), transaction.atomic():
        AidEnding.objects.filter(pk=row.pk).update(kind="stop", **decided | {"decision_no": ""})
    row.pk, row.uuid = None, "00000000-0000-4000-8000-000000000001"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_pages_lead_through_the_steps_and_say_what_stays(cast: Cast) -> None:
    person = somebody(cast, groups=("dibao", "old_alone"), birth=date(1938, 2, 3))
    clerk, officer = signed_in(cast.township_clerk), signed_in(cast.county_officer)
    new = reverse("visits_followup:ending_new", args=[person.uuid])
    assert "请写为什么" in clerk.post(new, {"group": "dibao", "kind": "stop", "reason": ""}).content.decode()
    page = clerk.post(new, {"group": "dibao", "kind": "stop", "reason": "儿子每月给两千元"}, follow=True)
    shown = page.content.decode()
    assert "待遇没有变" in shown
    assert "独居老人" in shown or "还在" in shown
    row = AidEnding.objects.get()

    def step(name: str) -> str:
        return reverse("visits_followup:ending_step", args=[row.uuid, name])

    clerk.post(step("check"), {"on": "2026-11-24", "how": "入户"})
    photo = SimpleUploadedFile("g.jpg", paper(), "image/jpeg")
    assert "写了再打勾" in clerk.post(step("tell"), {"on": "2026-11-24", "photo": photo}).content.decode()
    photo = SimpleUploadedFile("g.jpg", paper(), "image/jpeg")
    clerk.post(step("tell"), {"on": "2026-11-24", "photo": photo, "remedies": "on"})
    assert clerk.post(step("decide"), {"decision_no": "8号", "decided_on": "2026-11-24"}).status_code == 403
    done = officer.post(step("decide"), {"decision_no": "8号", "decided_on": "2026-11-24"}, follow=True)
    assert "待核里问过民政办了" in done.content.decode()
    assert (
        officer.get(reverse("visits_followup:ending_notice", args=[row.uuid]))["Content-Type"] == "image/jpeg"
    )
    listed = officer.get(reverse("visits_followup:endings"), {"which": "decided"}).content.decode()
    assert "建议停发" in listed
    assert "1" in clerk.get(reverse("visits_roster:reviews")).content.decode()
    assert signed_in(cast.neighbour).get(step("check")).status_code == 404
    assert clerk.get(step("nothing")).status_code == 404


# ── 时限情况 ─────────────────────────────────────────────────────────────────────────────────────


def test_the_numbers_of_a_unit_are_its_lists_and_the_city_reads_cases_without_names(cast: Cast) -> None:
    approved(cast, filed(cast))
    filed(cast, on=date(2026, 11, 16))
    told(cast, on=date(2026, 11, 10))
    cast.refresh(DAY)
    first = date(2026, 11, 1)
    units = {2: {cast.county.pk}}
    reports = timely.by_unit(timely.REPORTS, units, 2, first, DAY)[cast.township.pk]
    cases = timely.by_unit(timely.CASES, units, 2, first, DAY)[cast.township.pk]
    assert (reports.in_time, reports.done_late, reports.overdue, reports.waiting) == (2, 0, 1, 0)
    assert (cases.in_time, cases.done_late, cases.overdue, cases.waiting) == (1, 0, 1, 0)
    assert reports.hours == pytest.approx(6 + 40 / 60)
    assert timely.by_month(timely.CASES, units, first, DAY)[first].all == 2
    page = reverse("visits_followup:timely")
    officer = signed_in(cast.county_officer)
    shown = officer.get(page).content.decode()
    assert "嵩口镇" in shown
    assert "发现变化" in shown or "没有发现变化" in shown
    for name, part, n in (("changes", "overdue", 1), ("changes", "in_time", 2), ("cases", "overdue", 1)):
        query = {"which": "all", "unit": cast.township.pk, "month": "2026-11", "part": part}
        listed = officer.get(reverse(f"visits_followup:{name}"), query).content.decode()
        assert f"共{n}{'份' if name == 'changes' else '个'}" in listed
        assert "只看嵩口镇、2026年11月" in listed
    city = signed_in(cast.city_supervisor).get(page).content.decode()
    assert "永泰县" in city
    assert "/cases/?which" in city
    assert "/changes/?which" not in city
    listed = (
        signed_in(cast.city_supervisor)
        .get(reverse("visits_followup:cases"), {"which": "all"})
        .content.decode()
    )
    assert "写明理由后查看" in listed
    assert not [one.person.name for one in Case.objects.select_related("person") if one.person.name in listed]
    assert officer.get(page, {"unit": cast.other_county.pk}).status_code == 404


def test_the_week_in_sentences_names_nobody(cast: Cast) -> None:
    from visits.followup.rows.timely import week_words

    filed(cast, somebody(cast, name="余细根"))
    monday = date(2026, 11, 23)
    words = "".join(week_words("永泰县", monday, timely.week({2: {cast.county.pk}}, monday, DAY), DAY))
    assert "永泰县11月23日到11月24日" in words
    assert "发现变化1件：两个工作日内报县级1件" in words
    assert "县级收到1个案子" in words
    assert "余细根" not in words
