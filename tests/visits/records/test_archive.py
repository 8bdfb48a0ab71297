"""县、乡各存一份: a receipt for each office, what came after it, and the papers of the volume."""

import io
from datetime import date, datetime, timedelta

import pypdf
import pytest
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import LogEntry
from accounts.scoping import duty_of
from tests.cast import make_cast, make_person, signed_in
from tests.world import visit
from visits.records import archive_papers, archive_rows
from visits.records import tasks as _handlers  # noqa: F401 (jobs find their handlers by name)
from visits.records.assessment import load
from visits.records.models import ArchiveDeposit, FormVersion, Visit
from visits.records.selectors.archive import approved_tables, standings, villages_of
from visits.records.services import archiving, void
from visits.records.services.archiving import CannotArchive, deposit
from visits.roster.models import Person
from xunfang.kit import files, jobs, pdf
from xunfang.kit.models import StoredFile

AT = timezone.make_aware(datetime(2026, 11, 24, 9, 0))
TODAY = date(2026, 11, 24)


@pytest.fixture
def cast(db):
    made = make_cast()
    for name in ("林依妹", "𠮷细英"):
        person = make_person(made, name=name)
        for day in (date(2026, 2, 10), date(2026, 5, 12)):
            visit(person, made.visitor, day)
    for user in (made.visitor, made.township_clerk, made.county_officer, made.neighbour):
        duty_of(user, TODAY)
    return made


def keep(cast, by=None, **changes) -> ArchiveDeposit:
    values = {"year": 2026, "box_no": "1", "volume_no": 1, "medium": "paper", "pages": 9, "place": "2号柜",
              "keeper": "林国文", "kept_on": TODAY, "at": AT, "village_id": cast.village.pk}  # fmt: skip
    return deposit(by=by or cast.township_clerk, **values | changes)


def standing(cast):
    return standings([cast.village], 2026)[0]


def test_each_office_keeps_its_own_and_a_correction_shows_in_both(cast) -> None:
    assert [standing(cast).state(level) for level in ("township", "county")] == ["none", "none"]
    mine = keep(cast)
    assert (mine.level, mine.records, mine.people) == ("township", 4, 2)
    keep(cast, cast.county_officer)
    assert [standing(cast).state(level) for level in ("township", "county")] == ["whole", "whole"]
    late = visit(make_person(cast, name="陈阿金"), cast.visitor, date(2026, 6, 1))
    void(visit_id=Visit.objects.order_by("pk").first().pk, reason="记错了人", by=cast.township_clerk, at=AT)
    duty_of(cast.township_clerk, TODAY)
    found = standing(cast)
    assert [found.state(level) for level in ("township", "county")] == ["behind", "behind"]
    assert found.more == {"township": 2, "county": 2}
    again = keep(cast, volume_no=2)
    assert again.supplement == 1
    assert [late.pk, 1] in again.content
    assert [standing(cast).state(level) for level in ("township", "county")] == ["whole", "behind"]


def test_one_office_without_the_other_is_said_after_thirty_days(cast) -> None:
    keep(cast, cast.county_officer, kept_on=TODAY - timedelta(days=30))
    assert standing(cast).one_sided(TODAY) == ""
    assert standing(cast).one_sided(TODAY + timedelta(days=1)) == "县已存、乡未存"
    keep(cast)
    assert standing(cast).one_sided(TODAY + timedelta(days=60)) == ""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"year": 2017}, "年份从2018"), ({"year": 2027}, "年份从2018"), ({"year": 2025, "kept_on": date(2025, 12, 1)}, "还没有巡访记录"),
        ({"kept_on": TODAY + timedelta(days=1)}, "存档日期"), ({"kept_on": date(2025, 12, 31)}, "存档日期"),
    ],
)  # fmt: skip
def test_what_can_not_be_kept_is_said(cast, change, says) -> None:
    with pytest.raises(CannotArchive, match=says):
        keep(cast, **change)


def test_nobody_keeps_the_archive_of_another_office(cast) -> None:
    for user in (cast.visitor, cast.neighbour):
        with pytest.raises(CannotArchive, match="不归您"):
            keep(cast, user)


def test_a_number_is_given_once_in_an_office_and_both_offices_may_have_it(cast) -> None:
    keep(cast)
    keep(cast, cast.county_officer)
    other = make_person(cast, village=cast.other_village)
    visit(other, cast.township_clerk, date(2026, 3, 3))
    duty_of(cast.township_clerk, TODAY)
    with pytest.raises(CannotArchive, match="已经有了"):
        keep(cast, village_id=cast.other_village.pk)
    assert archiving.next_volume(cast.other_village, 2026, "township") == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        ArchiveDeposit.objects.filter(level="township").update(records=0)


def test_nothing_new_is_not_kept_twice_and_the_newest_is_taken_back_first(cast) -> None:
    first = keep(cast)
    with pytest.raises(CannotArchive, match="没有新的记录"):
        keep(cast, volume_no=2)
    visit(make_person(cast, name="陈阿金"), cast.visitor, date(2026, 6, 1))
    second = keep(cast, volume_no=2)
    with pytest.raises(CannotArchive, match="从最后一份"):
        archiving.void(deposit_id=first.pk, reason="写错了", by=cast.township_clerk, at=AT)
    with pytest.raises(CannotArchive, match="请写为什么"):
        archiving.void(deposit_id=second.pk, reason=" ", by=cast.township_clerk, at=AT)
    with pytest.raises(CannotArchive, match="不是您这里"):
        archiving.void(deposit_id=second.pk, reason="写错了", by=cast.county_officer, at=AT)
    archiving.void(deposit_id=second.pk, reason="写错了", by=cast.township_clerk, at=AT)
    assert keep(cast, volume_no=2).supplement == 1
    assert LogEntry.objects.filter(action="archive_voided").count() == 1


def test_the_database_refuses_a_second_receipt_of_the_same(cast) -> None:
    row = keep(cast)
    row.pk, row.volume_no = None, 9
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_list_asks_the_same_number_of_questions_for_one_village_and_for_many(
    cast, django_assert_num_queries
) -> None:
    keep(cast)
    duty_of(cast.county_officer, TODAY)
    many = list(villages_of(cast.county_officer))
    assert len(many) > 20
    for villages in ([cast.village], many):
        with django_assert_num_queries(3):
            standings(villages, 2026)


def test_the_volume_is_one_pdf_with_a_card_for_everybody_and_the_reason_is_logged(cast) -> None:
    job = archive_papers.ask(
        village_id=cast.village.pk, year=2026, reason="paper", by=cast.township_clerk, at=AT
    )
    assert LogEntry.objects.get(action="archive_printed").detail["people"] == 2
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.message
    stored = StoredFile.objects.get(kind="archive_pdf")
    assert (stored.encrypted, stored.private, stored.owner_id) == (True, True, cast.township_clerk.pk)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(files.read(stored))).pages]
    assert len(pages) == 4
    assert "卷内目录" in pages[0]
    assert "2026年巡访登记卡" in pages[1]
    assert "2月10日" in pages[1]
    assert "备考表" in pages[-1]
    number = str(Visit.objects.first().person.id_number)
    assert number in pages[0]


def test_a_merged_file_has_no_card_of_its_own(cast) -> None:
    kept, shell = Person.objects.order_by("pk")
    visit(shell, cast.visitor, date(2026, 8, 3))
    Person.objects.filter(pk=shell.pk).update(merged_into=kept)
    ((person, visits),) = archive_papers.people_of(cast.village.pk, 2026)
    assert person == kept
    assert [row.visited_on.month for row in visits] == [2, 2, 5, 5, 8]
    assert archiving.content_of(cast.village.pk, 2026).people == 1


def test_a_card_has_eighteen_lines_and_the_last_visit_of_each_quarter(cast) -> None:
    person = Visit.objects.first().person
    extra = visit(person, cast.visitor, date(2026, 5, 20), values={"mobility": 2}, private_note="债务")
    made = archive_papers.card(person, list(person.visits.order_by("visited_on")), 2026, 1)
    assert sum(len(area["rows"]) for area in made["areas"]) == 18
    assert made["heads"][0][1] == ["2月10日", "5月20日", "", ""]
    mobility = next(row for area in made["areas"] for row in area["rows"] if row["name"] == "行动能力")
    assert mobility["cells"][1].startswith("②")
    assert "访了2次" in made["notes"][1]
    assert "债务" not in made["notes"][1]
    assert "另有情况已报" in made["notes"][1]
    assert extra.private_note == "债务"


def test_what_an_earlier_visit_found_stands_on_the_card_with_its_day_and_it_stays_one_page(cast) -> None:
    person = Visit.objects.first().person
    codes = [item.code for item in load(FormVersion.live(TODAY).definition).items]
    bad = {code: 2 for code in codes if code not in ("income", "population", "assets")}
    for month in (1, 4, 7, 10):
        visit(person, cast.visitor, date(2026, month, 5), values=bad, remark="屋漏，药断了。" * 5)
        visit(person, cast.visitor, date(2026, month, 25))
    rows = list(person.visits.order_by("visited_on").select_related("form_version"))
    made = archive_papers.card(person, rows, 2026, 1)
    cells = [cell for area in made["areas"] for row in area["rows"] for cell in row["cells"]]
    assert sum("（4月5日）" in cell and cell.startswith("②") for cell in cells) > 8
    number = next(row.record_no for row in rows if row.visited_on == date(2026, 4, 5))
    assert f"有情况的还有4月5日第{number}号" in made["notes"][1]
    page = render_to_string("pdf/archive_cards.html", {"cards": [made], "year": 2026, "screen": False})
    assert len(pypdf.PdfReader(io.BytesIO(pdf.render(page))).pages) == 1


def test_what_the_county_approved_is_said_to_be_there_though_the_volume_is_not(cast) -> None:
    cell = archive_rows.cell(standing(cast), "county", 3)
    assert (cell["text"], cell["note"]) == ("没存", "确认表收到3张，还没登记放在哪里")
    assert (
        "note" not in archive_rows.cell(standing(cast), "township", 3)
        or not archive_rows.cell(standing(cast), "township", 3)["note"]
    )
    assert approved_tables([cast.village.pk], 2026) == {}


def test_a_year_that_is_not_over_and_records_that_nobody_signed_are_said(cast) -> None:
    said = archive_rows.not_yet(cast.village.pk, 2026, TODAY)
    assert said == "2026年还没有过完，现在存的，以后新记的要补存；还有4份记录没有三人签完"
    assert archive_rows.not_yet(cast.village.pk, 2025, TODAY) == ""


def test_after_the_highest_number_the_first_free_one_is_proposed(cast) -> None:
    keep(cast, volume_no=99999)
    assert archiving.next_volume(cast.village, 2026, "township") == 1


@pytest.mark.parametrize("year", [0, 2017, 10000, 99999])
def test_a_year_that_can_have_no_archive_is_no_page(cast, year) -> None:
    client = signed_in(cast.township_clerk, Client())
    for name in ("archive_village", "archive_print"):
        url = reverse(f"visits_records:{name}", args=[cast.village.pk, year])
        assert client.post(url, {}).status_code == 404
    assert client.get(url.removesuffix("/print")).status_code == 404


def test_the_pages_keep_print_and_take_back(cast) -> None:
    client = signed_in(cast.township_clerk, Client())
    url = reverse("visits_records:archive_village", args=[cast.village.pk, 2026])
    page = client.get(url)
    assert "登记存档" in page.content.decode()
    data = {"box_no": "1", "volume_no": "1", "medium": "paper", "pages": "9", "place": "2号柜", "keeper": "林国文",
            "kept_on": page.wsgi_request.today.isoformat()}  # fmt: skip
    bad = client.post(url, data | {"pages": "0", "box_no": ""})
    assert bad.status_code == 422
    assert "请填盒号" in bad.content.decode()
    assert client.post(url, data).status_code == 302
    listed = client.get(reverse("visits_records:archive"), {"year": 2026}).content.decode()
    assert "1盒第1卷" in listed
    asked = client.post(
        reverse("visits_records:archive_print", args=[cast.village.pk, 2026]), {"reason": "paper"}
    )
    assert asked.status_code == 302
    row = ArchiveDeposit.objects.get()
    gone = reverse("visits_records:archive_void", args=[row.pk])
    assert client.get(gone).status_code == 200
    assert client.post(gone, {"reason": "写错了"}).status_code == 302
    assert "写错了" in client.get(url).content.decode()
    county = signed_in(cast.county_officer, Client())
    assert cast.township.name in county.get(reverse("visits_records:archive")).content.decode()
    narrow = county.get(reverse("visits_records:archive"), {"township": cast.township.pk, "year": 2026})
    assert cast.village.name in narrow.content.decode()
