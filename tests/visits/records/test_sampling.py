"""抽查: anybody draws the same again; the people are asked before the record is shown; nobody is ranked."""

import csv
import hashlib
import io
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import LogEntry, User
from tests.cast import make_person, signed_in
from tests.visits.records.signing_cast import AT, DAY, visit_of
from visits.records import sample_rows, sampling
from visits.records.models import Sample, SampledRecord, Visit
from visits.records.services.sampling import CannotSample, draw, judge, note_heard


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def visits(cast):
    return [
        visit_of(cast, make_person(cast, name=f"余细根{n}", phone=f"1390000000{n}"), date(2026, 8, 1 + n))
        for n in range(4)
    ]


def drawn(cast, **changes) -> Sample:
    values = {"county_id": cast.county.pk, "township_id": None, "period_key": "2026Q3", "percent": None, "size": 2,
              "seed": "20261008", "by": cast.county_officer, "at": AT}  # fmt: skip
    return draw(**values | changes)


def first(sample: Sample) -> SampledRecord:
    return sample.records.order_by("place").first()


def test_the_same_list_and_seed_give_the_same_sample_whoever_draws_it():
    records = [f"V1-{n}" for n in range(50)]
    again = sampling.chosen("88", reversed(records), 5)
    assert sampling.chosen("88", records, 5) == again
    # As the paper tells it, with nothing but SHA-256.
    by_hand = sorted(records, key=lambda one: hashlib.sha256(f"88-{one}".encode()).hexdigest())
    assert again == by_hand[:5]
    assert sampling.chosen("89", records, 5) != again


@pytest.mark.parametrize(
    ("total", "percent", "size"), [(1, 5, 1), (20, 5, 1), (21, 5, 2), (0, 5, 0), (99999, 20, 300)]
)
def test_a_share_is_rounded_up_and_has_an_end(total, percent, size):
    assert sampling.size_of(total, percent) == size


def test_a_sample_keeps_its_list_its_seed_and_who_drew_it(cast, visits):
    sample = drawn(cast)
    assert (sample.total, sample.size, sample.seed, sample.by) == (4, 2, "20261008", cast.county_officer)
    assert sample.digest == sampling.digest(sample.drawn_from)
    keys = {sampling.key(cast.village.key, visit.record_no): visit.pk for visit in visits}
    wanted = [keys[one] for one in sampling.chosen("20261008", keys, 2)]
    assert list(sample.records.order_by("place").values_list("visit_id", flat=True)) == wanted
    assert LogEntry.objects.filter(action="sample_drawn").count() == 1
    assert drawn(cast, seed="").seed.isdigit()
    assert drawn(cast, percent=50, size=None).size == 2
    assert drawn(cast, size=99).size == 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"period_key": "2026Q1"}, "还没有巡访记录"),
        ({"township_id": 1}, "不在本县"),
        ({"county_id": 1}, "不归您管"),
    ],
)
def test_what_can_not_be_drawn_is_said(cast, visits, change, words):
    with pytest.raises(CannotSample, match=words):
        drawn(cast, **change)


def test_the_record_is_judged_only_after_the_person_was_asked(cast, visits):
    row = first(drawn(cast))
    by = {"by": cast.county_officer, "at": AT, "record_id": row.pk}
    with pytest.raises(CannotSample, match="先问本人"):
        judge(result="true", **by)
    note_heard(how="phone", heard="unreached", **by)
    row.refresh_from_db()
    assert (row.result, row.judged_by) == ("unreached", cast.county_officer)
    with pytest.raises(CannotSample, match="还没有联系上"):
        judge(result="true", **by)
    note_heard(how="home", heard="not", words="没人来过", **by)
    row.refresh_from_db()
    assert row.result == ""
    with pytest.raises(CannotSample, match="已经问过了"):
        note_heard(how="phone", heard="came", **by)
    with pytest.raises(CannotSample, match="哪里不符"):
        judge(result="wrong", note=" ", **by)
    judge(result="wrong", note="那天人在福州", **by)
    row.refresh_from_db()
    assert (row.result, row.note, row.asked_by, row.judged_at) == (
        "wrong",
        "那天人在福州",
        cast.county_officer,
        AT,
    )


def test_nobody_but_the_county_draws_or_judges(cast, visits):
    row = first(drawn(cast))
    for user in (cast.township_clerk, cast.neighbour, cast.inspector):
        with pytest.raises(CannotSample):
            drawn(cast, by=user)
        with pytest.raises(CannotSample):
            note_heard(record_id=row.pk, how="phone", heard="came", by=user, at=AT)


@pytest.mark.parametrize(
    "values",
    [
        {"result": "true", "judged_at": AT},
        {"heard": "came", "how": "phone"},
        {"how": "phone", "heard": "came", "asked_at": AT, "result": "wrong", "judged_at": AT},
    ],
)
def test_the_database_refuses_half_an_answer(cast, visits, values):
    row, user = first(drawn(cast)), User.objects.get(pk=cast.county_officer.pk)
    values = values | {
        name: user for name, at in (("asked_by", "asked_at"), ("judged_by", "judged_at")) if at in values
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        SampledRecord.objects.filter(pk=row.pk).update(**values)


def test_a_sample_is_never_larger_than_its_list(cast, visits):
    sample = drawn(cast)
    sample.pk, sample.uuid, sample.size = None, row_uuid(), 9
    with pytest.raises(IntegrityError), transaction.atomic():
        sample.save(force_insert=True)


def row_uuid():
    from uuid import uuid4

    return uuid4()


def test_from_the_lot_to_the_result_in_the_browser(cast, visits):
    client = signed_in(cast.county_officer)
    url = reverse("visits_records:samples")
    bad = client.post(url, {"period": "2026Q3", "share": "size"})
    assert bad.status_code == 422
    assert "请填抽几份" in bad.content.decode()
    answer = client.post(
        url, {"period": "2026Q3", "share": "size", "size": 2, "seed": "20261008"}, follow=True
    )
    html = answer.content.decode()
    assert "抽2份，查了0份。还有2份没查。" in html
    sample = Sample.objects.get()
    rows = list(sample.records.order_by("place").select_related("visit__person"))
    one = reverse("visits_records:sampled", args=[sample.uuid, 1])
    html = client.get(one).content.decode()
    assert f'href="tel:{rows[0].visit.person.phone}"' in html
    # SECURITY-like: what the record says is not on the page before the person was asked.
    assert "记录上写的" not in html
    assert reverse("visits_records:visit", args=[rows[0].visit.uuid]) not in html
    html = client.post(
        one, {"how": "phone", "heard": "came", "words": "林主任来过"}, follow=True
    ).content.decode()
    assert "林主任来过" in html
    assert reverse("visits_records:visit", args=[rows[0].visit.uuid]) in html
    assert client.post(one, {"result": "wrong"}).status_code == 422
    html = client.post(one, {"result": "true"}, follow=True).content.decode()
    assert "接着查下一份" in html
    two = reverse("visits_records:sampled", args=[sample.uuid, 2])
    html = client.post(two, {"how": "phone", "heard": "unreached"}, follow=True).content.decode()
    assert "抽2份，查了2份：属实1份，联系不上1份。" in html
    assert "问第2份" not in html
    assert "再问" in client.get(two).content.decode() or "先问本人" in client.get(two).content.decode()


def test_the_paper_and_the_list_let_anybody_draw_it_again(cast, visits):
    sample = drawn(cast)
    client = signed_in(cast.county_head)
    paper = client.get(reverse("visits_records:sample_print", args=[sample.uuid])).content.decode()
    assert "抽签数 20261008" in paper
    assert sampling.HOW in paper
    listed = client.get(reverse("visits_records:sample_list", args=[sample.uuid])).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(listed)))
    assert [row["编号"] for row in rows if row["抽中"]] == sampling.chosen(sample.seed, sample.drawn_from, 2)
    assert not any(visit.person.name in listed for visit in visits)
    # A record that is voided later stays in the list it was drawn from.
    Visit.objects.filter(pk=visits[0].pk).update(voided_at=AT, voided_by=cast.visitor, void_reason="记错")
    assert (
        client.get(reverse("visits_records:sample_list", args=[sample.uuid])).content.decode("utf-8-sig")
        == listed
    )


def test_another_county_and_the_township_see_no_sample(cast, visits):
    sample = drawn(cast)
    url = reverse("visits_records:sample", args=[sample.uuid])
    assert signed_in(cast.neighbour).get(url).status_code == 404
    assert signed_in(cast.township_head).get(url).status_code == 403


def test_the_result_costs_the_same_for_many_records(cast, visits, django_assert_num_queries):
    few, many = drawn(cast, size=1), drawn(cast, size=4)
    for sample in (few, many):
        with django_assert_num_queries(4):
            rows = sample_rows.rows_of(sample)
            sample_rows.paper(sample, rows, DAY)
            assert len(rows) == sample.size
