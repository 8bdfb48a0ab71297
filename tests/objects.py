"""One of everything in one village, and how a route finds its object among it.

A new route with a uuid or a number in its address needs one line in `KWARGS`: its name, and the object of a
`Side` that its address names. A new model with rows of a unit gets a field in `Side`, made in `make_side`.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from PIL import Image

from accounts import openings
from accounts.models import AccountImport, Delegation, KeptForm, Opening, Post, Region, User
from accounts.roles import Role
from accounts.scoping import duty_of
from tests.cast import Cast, make_person, make_user
from tests.world import evening, visit
from visits.core.models import CalendarDraft, Delivery, Notice, Webhook
from visits.core.sending import hooks
from visits.followup.models import (
    AidEnding,
    Case,
    CaseMeasure,
    ChangeReport,
    DutyShift,
    Emergency,
    Finding,
    Plan,
    PlanMeasure,
    Supplement,
)
from visits.records.models import (
    ArchiveDeposit,
    FormVersion,
    KnownState,
    OfflineList,
    OfflineVisit,
    PaperScan,
    Photo,
    RoundPaper,
    Sample,
    SampledRecord,
    Sheet,
    Visit,
)
from visits.records.services import attempt
from visits.roster.models import (
    Absence,
    Benefit,
    CareGroup,
    Comparison,
    ComparisonRow,
    DisabilityCertificate,
    Discovery,
    Dwelling,
    Grant,
    Membership,
    Merge,
    NearRelative,
    Person,
    Relative,
    ReplyPaper,
    Review,
    RosterExport,
    RosterImport,
    Transition,
)
from visits.schedule.models import DueItem, FrequencyRule, Round
from xunfang.kit import files
from xunfang.kit.models import Job, StoredFile

TINY_LIST = "code,name,level,parent_code\n3501,福州市,city,\n"


@dataclass
class Side:
    """A village, who works there, and one of everything that belongs to it."""

    county: Region
    township: Region
    village: Region
    account: User
    clerk: User
    person: Person
    gone: Person
    visit: Visit
    change: ChangeReport
    finding: Finding
    plan: Plan
    measure: PlanMeasure
    case: Case
    case_measure: CaseMeasure
    case_advance: CaseMeasure
    supplement: Supplement
    ending: AidEnding
    emergency: Emergency
    shift: DutyShift
    sheet: Sheet
    delegation: Delegation
    grant: Grant
    membership: Membership
    sudden: Membership
    relative: Relative
    benefit: Benefit
    certificate: DisabilityCertificate
    near_relative: NearRelative
    review: Review
    voided: Person
    added_group: CareGroup
    batch: RosterImport
    account_list: AccountImport
    link: str
    kept: KeptForm
    file: StoredFile
    unit_list: StoredFile
    job: Job
    offline: OfflineVisit
    offline_list: OfflineList
    twin: Person
    merge: Merge
    absence: Absence
    transition: Transition
    reply: ReplyPaper
    discovery: Discovery
    comparison: Comparison
    base_list: Comparison
    compared: ComparisonRow
    export: RosterExport
    frequency: FrequencyRule
    round: Round
    known_state: KnownState
    calendar_draft: CalendarDraft
    notice: Notice
    group_address: Webhook
    message: Delivery
    deposit: ArchiveDeposit
    sample: Sample
    paper: RoundPaper
    scan: PaperScan
    photo: Photo
    wording: FormVersion


def make_visited(
    cast: Cast, village: Region, visitor: User, canary: str, *, private: str = ""
) -> tuple[Person, Visit]:
    """Somebody who was visited, and once not met; `canary` stands in every text, `private` in what is not to
    be told in the village."""
    today = cast.on
    person = _person(cast, village, visitor, canary)
    duty_of(visitor, today)
    day = today - timedelta(days=5)
    made = visit(
        person, visitor, day, values={"income": 2}, notes={"income": f"{canary}工伤"}, report=True,
        remark=f"{canary}不放心", private_note=private or f"{canary}私下说", companions=f"{canary}同行",
    )  # fmt: skip
    attempt(
        person_id=person.pk, by=visitor, at=evening(day + timedelta(days=1)), key=made.uuid,
        body={"tried_on": day + timedelta(days=1), "part_of_day": "am", "mode": "home", "outcome": "not_home",
              "note": f"{canary}没人", "next_on": today + timedelta(days=3)},
    )  # fmt: skip
    duty_of(visitor, today)
    return person, made


def make_side(cast: Cast, village: Region, visitor: User, clerk: User, canary: str) -> Side:
    """Everything of one village; `canary` stands in every text of it."""
    today = cast.on
    units = {"county_id": village.county_id, "township_id": village.township_id, "village_id": village.pk}
    person, made = make_visited(cast, village, visitor, canary)
    gone = _person(cast, village, visitor, canary)
    Person.objects.filter(pk=gone.pk).update(status="dead", left_on=today - timedelta(days=3))
    stored = files.store(
        canary.encode(), name=f"{canary}.xlsx", content_type="application/pdf", kind="paper", owner_id=clerk.pk, **units
    )  # fmt: skip
    merged = _person(cast, village, visitor, canary)
    Person.objects.filter(pk=merged.pk).update(merged_into=person)
    comparison = Comparison.objects.create(
        county_id=village.county_id, township_id=village.township_id, kind="deaths", month=date(2026, 11, 1),
        source=f"{canary}派出所", file=stored, state="done", created_by=clerk, created_at=evening(today),
        counts=dict.fromkeys(("rows", "wrong", "waiting", "asked", "checked", "other_date", "known", "left", "elsewhere"), 1),
    )  # fmt: skip
    return Side(
        county=Region.objects.get(pk=village.county_id),
        township=Region.objects.get(pk=village.township_id),
        village=village,
        account=visitor,
        clerk=clerk,
        person=person,
        gone=gone,
        visit=made,
        change=ChangeReport.objects.get(visit=made),
        **_followed(person, made, clerk, stored, canary),
        **_case(person, clerk, stored, canary, today),
        sheet=Sheet.objects.create(
            kind="village", period="2026Q4", period_start=date(2026, 10, 1), period_end=date(2026, 12, 31),
            batch_no=7, sign_by=date(2027, 1, 10), **units,
        ),
        delegation=Delegation.objects.create(
            region_id=village.township_id, role=Role.TOWNSHIP_HEAD, deputy=clerk, deputy_title="副镇长",
            principal_name="郑文彬", document_no=f"{'授权' if village.township_id == cast.township.pk else canary}9号", starts_on=today, ends_on=today, created_by=clerk,
        ),
        grant=Grant.objects.create(person=person, to=cast.nobody, reason=f"{canary}协办", until=today, created_by=clerk),
        membership=person.memberships.get(),
        sudden=Membership.objects.create(person=gone, group_id="sudden", starts_on=today),
        **_file(person, clerk, canary),
        voided=_voided(cast, village, visitor, canary),
        added_group=CareGroup.objects.get_or_create(
            code="added_90", defaults={"name": "加的一类", "short": "加的", "clause": "二", "tier": "general", "position": 90}
        )[0],
        frequency=FrequencyRule.objects.create(  # a county's rule is no secret: it holds no canary
            region_id=village.county_id, group_id="minor_kin", kind="month", modes=["home"], sentence="每月一次", clause="四",
            document_no="县8号", position=50, starts_on=date(2099, 1, 1), made_by=cast.city_business, made_at=evening(today),
        ),
        batch=RosterImport.objects.create(
            county_id=village.county_id, township_id=village.township_id, file=stored, month=date(2026, 11, 1),
            default_start=date(2026, 11, 1), state="preview", created_by=clerk,
            group_id="dibao", coverage="full", held=True,
            counts={"new": 0, "changed": 0, "same": 0, "wrong": 0, "rows": 0, "sheets": 1, "skipped": 0, "unread": [],
                    "had": 2, "missing": 2, "last": 4, "hold": "half", "percent": 5, "loaded": {}},
        ),
        account_list=AccountImport.objects.create(
            file=stored, default_start=date(2026, 11, 1), state="preview", created_by=clerk, created_at=evening(today),
        ),
        link=_opening(visitor, clerk, today),
        kept=KeptForm.objects.create(
            author=visitor, path=f"/records/people/{person.uuid}/visit", body=json.dumps({"remark": [f"{canary}没交上"]}),
            at=evening(today), expires_at=evening(today + timedelta(days=7)),
        ),
        file=stored,
        unit_list=files.store(
            TINY_LIST.encode(), name="list.csv", content_type="text/csv", kind="unit_list", owner_id=cast.city_business.pk
        ),
        job=Job.objects.create(kind="test", owner=clerk, title=f"{canary}入库"),
        offline=OfflineVisit.objects.create(
            person=person, kind="before_start", visited_on=today - timedelta(days=30), mode="home", met="self",
            visitor_name=f"{canary}委员", change_note=f"{canary}变化", paper_place=f"{canary}柜", recorded_by=clerk,
            recorded_at=evening(today), **units,
        ),
        offline_list=OfflineList.objects.create(
            county_id=village.county_id, township_id=village.township_id, kind="before_start", file=stored,
            created_by=clerk, created_at=evening(today), job=Job.objects.create(kind="test", owner=clerk, title=f"{canary}登记"),
        ),
        twin=_person(cast, village, visitor, canary),
        absence=Absence.objects.create(
            person=person, kind="away", starts_on=today, place=f"{canary}儿子家", noted_by=clerk, noted_at=evening(today)
        ),
        **_transition(cast, village, visitor, clerk, canary),
        merge=Merge.objects.create(
            kept=person, merged=merged, reason=f"{canary}换过证", merged_at=evening(today), merged_by=clerk,
            made={"swapped": [], "units": {"kept": {}, "merged": {}}, "grants": [], "rows": {}},
        ),
        discovery=Discovery.objects.create(
            key=made.uuid, name=f"{canary}阿婆", where=f"{canary}厝", why=f"{canary}没人管", told_by=visitor,
            told_at=evening(today), **units,
        ),
        comparison=comparison,
        compared=comparison.rows.create(
            verdict="both", number=3, person=gone, reason="去世日期不一样",
            content=json.dumps({"name": f"{canary}依妹", "day": "2026-11-02", "approximate": False}),
        ),
        base_list=_base_list(comparison, canary),
        export=RosterExport.objects.create(
            filters={"village": str(village.pk)}, reason=f"{canary}核对", state="done", people=1, created_by=clerk,
            created_at=evening(today), **(units | {"village_id": None}),
            file=files.store(canary.encode(), name=f"{canary}.xlsx", content_type="application/pdf",
                             kind="roster_export", owner_id=None, encrypted=True),
        ),
        round=_round(person, clerk, today),
        known_state=_known_and_dwelling(person, clerk, canary, today),
        deposit=ArchiveDeposit.objects.create(
            **units, level="township", year=today.year, box_no=f"{canary}盒"[:20], volume_no=village.pk % 90000 + 1,
            medium="paper", pages=9, place=f"{canary}柜", keeper=f"{canary}管", kept_on=today, records=1, people=1,
            content=[], digest=b"0", made_by=clerk, made_at=evening(today),
        ),
        sample=_sample(made, clerk, canary, today),
        calendar_draft=CalendarDraft.objects.create(
            year=2028, document="2028年的通知", text="一、元旦：1月1日放假。", days=[["2028-01-01", "off", "元旦"]],
            state="dropped", made_by=clerk, made_at=evening(today), decided_by=clerk, decided_at=evening(today),
        ),
        **_told(visitor, clerk, village, canary, evening(today)),
        **_pictures(made, clerk, today, units),
    )  # fmt: skip


def _told(reader: User, clerk: User, village: Region, canary: str, at: Any) -> dict[str, Any]:
    """A notice, a chat group's address of the county, and a message on its way there."""
    hook = Webhook.objects.create(
        region_id=village.county_id, name=f"群{village.pk}", made_by=clerk, made_at=at,
        **hooks.seal("https://qyapi.weixin.qq.com/send?key=1", ""),
    )  # fmt: skip
    return {
        "notice": Notice.objects.create(
            user=reader,
            key=f"test:{village.pk}",
            kind="report",
            words=f"{canary}要报",
            url="/",
            created_at=at,
        ),
        "group_address": hook,
        "message": Delivery.objects.create(
            way="webhook", webhook=hook, key=f"hook:{hook.pk}:test", words="2件事", next_at=at, created_at=at
        ),
    }


def _sample(made: Visit, by: User, canary: str, today: date) -> Sample:
    """A sample of one record, asked and judged."""
    sample = Sample.objects.create(
        county_id=made.county_id, township_id=made.township_id, village_id=made.village_id, period="2026Q4", seed="88",
        drawn_from=[f"{made.village_id}-{made.record_no}"], digest=b"0", total=1, size=1, by=by, at=evening(today),
    )  # fmt: skip
    SampledRecord.objects.create(
        sample=sample, place=1, visit=made, how="phone", heard="not", heard_words=f"{canary}没人来", result="wrong",
        note=f"{canary}不符", asked_by=by, asked_at=evening(today), judged_by=by, judged_at=evening(today),
    )  # fmt: skip
    return sample


def _known_and_dwelling(person: Person, by: User, canary: str, today: date) -> KnownState:
    """A lasting state, and the facts of the house."""
    Dwelling.objects.create(
        person=person, risks=["low"], helper=f"{canary}组长", refuge=f"{canary}小学", confirmed_on=today, confirmed_by=by
    )  # fmt: skip
    return KnownState.objects.create(
        person=person, code="mobility", value=2, words=f"{canary}轮椅", care=f"{canary}女儿照料", since=today,
        review_on=today + timedelta(days=180), noted_by=by, noted_at=evening(today),
    )  # fmt: skip


def _followed(person: Person, made: Visit, clerk: User, photo: StoredFile, canary: str) -> dict[str, Any]:
    """A finding with a photograph, and a plan with something under way."""
    units = {
        "county_id": person.county_id,
        "township_id": person.township_id,
        "village_id": person.village_id,
    }
    day = made.visited_on
    finding = Finding.objects.create(
        person=person, code="gas", level=2, found_on=day, last_seen_on=day, visit=made, last_visit=made, item="燃气",
        words="漏气味", note=f"{canary}灶台", measure=f"{canary}换软管", owner_words=f"{canary}师傅", due_on=day,
        created_at=evening(day), **units,
    )  # fmt: skip
    finding.steps.create(
        kind="found", on=day, visit=made, level=2, words=f"{canary}漏气味", by=clerk, at=evening(day)
    )
    finding.steps.create(
        kind="measure", on=day, words=f"{canary}换软管", photo=photo, by=clerk, at=evening(day)
    )
    plan = Plan.objects.create(
        person=person, version=1, degree="heavy", needs=["safety"], note=f"{canary}说明", review_on=day + timedelta(days=90),
        made_by=clerk, made_at=evening(day), **units,
    )  # fmt: skip
    measure = PlanMeasure.objects.create(
        plan=plan, kind="safety", words=f"{canary}改线路", unit=f"{canary}供电所", who=f"{canary}师傅", due_on=day + timedelta(days=30)
    )  # fmt: skip
    return {"finding": finding, "plan": plan, "measure": measure, **_emergency(person, made, clerk, canary)}


def _emergency(person: Person, made: Visit, clerk: User, canary: str) -> dict[str, Any]:
    """Something that happened yesterday and is not over, and somebody on duty in the township."""
    at = evening(made.visited_on + timedelta(days=4))
    # Who is on duty in a township is read by all its villages: of a second village only the first one's name is secret.
    held = DutyShift.objects.filter(region_id=person.township_id).count()
    return {
        "emergency": Emergency.objects.create(
            key=made.uuid, person=person, kind="ill", words=f"{canary}摔倒", called=[["120", "", f"{canary}医生"]], found_at=at,
            reported_by=made.recorder, reported_at=at, details_due_at=at + timedelta(days=1), county_id=person.county_id,
            township_id=person.township_id, village_id=person.village_id,
        ),
        "shift": DutyShift.objects.create(
            region_id=person.township_id, starts_at=at, ends_at=at + timedelta(days=9), place=1 + held,
            name="第二个值班员" if held else f"{canary}值班员",
            phone="13766667777", made_by=clerk, made_at=at,
        ),
    }  # fmt: skip


def _case(person: Person, by: User, photo: StoredFile, canary: str, today: date) -> dict[str, Any]:
    """A case under way, with a measure, a paper that came, and what happened."""
    case = Case.objects.create(
        person=person, year=2026, number=9000 + person.pk % 900, received_at=evening(today), due_on=today + timedelta(days=3),
        state="taken", taken_by=by, taken_at=evening(today), county_id=person.county_id, township_id=person.township_id,
        village_id=person.village_id,
    )  # fmt: skip
    case.steps.create(kind="received", words=f"{canary}收入", by=by, at=evening(today))
    measure = CaseMeasure.objects.create(
        case=case, kind="money", words=f"{canary}临时救助", unit=f"{canary}民政办", who=f"{canary}经办", due_on=today,
        made_by=by, made_at=evening(today),
    )  # fmt: skip
    given = CaseMeasure.objects.create(
        case=case, kind="money", words=f"{canary}先给", unit=f"{canary}镇里", who=f"{canary}经手", due_on=today, advance=True,
        done_on=today, done_by=by, result="已先行救助", made_by=by, made_at=evening(today),
    )  # fmt: skip
    paper = Supplement.objects.create(
        case=case, what=f"{canary}证明", asked_by=by, asked_at=evening(today), days=2, due_on=today, answer=f"{canary}补了",
        file=photo, answered_by=by, answered_at=evening(today),
    )  # fmt: skip
    ending = AidEnding.objects.create(
        person=person, case=case, group_id="dibao", kind="stop", reason=f"{canary}收入高了", recommended_by=by,
        recommended_at=evening(today), told_file=photo, county_id=person.county_id, township_id=person.township_id,
        village_id=person.village_id,
    )  # fmt: skip
    return {
        "case": case,
        "case_measure": measure,
        "case_advance": given,
        "supplement": paper,
        "ending": ending,
    }


def _pictures(made: Visit, clerk: User, today: date, units: dict[str, Any]) -> dict[str, Any]:
    """A printed round sheet with its photograph, and a photograph of the visit."""
    jpeg = io.BytesIO()
    Image.new("RGB", (40, 30), (made.pk % 200, 90, 90)).save(jpeg, "JPEG")
    large, small, scanned = (
        files.store(
            jpeg.getvalue(), name="photo.jpg", content_type="image/jpeg", kind="photo", owner_id=None, **units
        )
        for _ in range(3)
    )
    paper = RoundPaper.objects.create(
        code=f"T{made.pk}", number="2026-4-测试-1124", printed_on=today, printed_by=clerk,
        people=[made.person_id], **units,
    )  # fmt: skip
    last = FormVersion.objects.order_by("-number").first()
    return {
        "paper": paper,
        "wording": FormVersion.objects.create(
            number=last.number + 1,
            starts_on=date(2090, 1, last.number),
            definition=last.definition,
            made_at=evening(today),
        ),
        "scan": PaperScan.objects.create(file=scanned, paper=paper, page=1, by=clerk, at=evening(today)),
        "photo": Photo.objects.create(
            person=made.person,
            key=made.key,
            visit=made,
            file=large,
            small=small,
            by=made.recorder,
            at=evening(today),
        ),
    }


def _transition(cast: Cast, village: Region, visitor: User, clerk: User, canary: str) -> dict[str, Any]:
    """Asked of another township of the same county, which has not answered; and a paper with it."""
    person, today = _person(cast, village, visitor, canary), cast.on
    there = Region.objects.filter(level=3, county_id=village.county_id).exclude(pk=village.township_id).last()
    asked = Transition.objects.create(
        number=f"{canary}委〔2026〕1号", kind="entrust", person=person, from_county_id=village.county_id,
        from_township_id=village.township_id, to_county_id=village.county_id, to_township=there, address=f"{canary}路2号",
        reason=f"{canary}随儿子住", starts_on=today, ends_on=today + timedelta(days=90), proposed_by=clerk,
        proposed_at=evening(today), answer_by=today + timedelta(days=3),
    )  # fmt: skip
    jpeg = io.BytesIO()
    Image.new("RGB", (40, 30), (90, asked.pk % 200, 90)).save(jpeg, "JPEG")
    large, small = (
        files.store(
            jpeg.getvalue(), name="reply.jpg", content_type="image/jpeg", kind="reply_paper", owner_id=None
        )
        for _ in range(2)
    )
    reply = ReplyPaper.objects.create(
        transition=asked, file=large, small=small, words=f"{canary}复函", by=clerk, at=evening(today)
    )
    return {"transition": asked, "reply": reply}


def _round(person: Person, by: User, today: date) -> Round:
    """A round that runs in the township, with one person in it."""
    row = Round.objects.create(
        region_id=person.township_id, kind="typhoon", name="台风专项巡访", starts_on=today, due_on=today + timedelta(days=1),
        modes=["home", "phone"], profile={"who": ["all"], "groups": []}, block="flood", questions=["需要转移"],
        made_by=by, made_at=evening(today),
    )  # fmt: skip
    DueItem.objects.create(
        cause="round", round=row, person=person, period_start=row.starts_on, period_end=row.due_on, opens_on=row.starts_on,
        due_on=row.due_on, closes_on=row.due_on + timedelta(days=7), tier="key", assignee_id=person.assignee_id,
        county_id=person.county_id, township_id=person.township_id, village_id=person.village_id,
    )  # fmt: skip
    return row


def _opening(user: User, clerk: User, today: date) -> str:
    """The raw link of a paper that is out."""
    link = f"link-of-{user.pk}"
    Opening.objects.create(
        user=user, link_hash=openings.link_hash(link), code_hash=b"-", created_by=clerk, created_at=evening(today),
        expires_at=evening(today + timedelta(days=14)),
    )  # fmt: skip
    return link


def _file(person: Person, clerk: User, canary: str) -> dict[str, Any]:
    """A row of everything a file may hold."""
    made = {"person": person, "created_at": evening(date(2026, 11, 1)), "created_by": clerk}
    return {
        "relative": Relative.objects.create(kind="contact", name=f"{canary}侄女", phone="13755556666", **made),
        "benefit": Benefit.objects.create(
            kind="dibao", starts_on=date(2026, 1, 1), amount=73500, note=f"{canary}待遇", **made
        ),
        "certificate": DisabilityCertificate.objects.create(
            number=f"{person.id_number}43", kind=4, grade=3, **made
        ),
        "near_relative": NearRelative.objects.create(
            name=f"{canary}主任", office=f"{canary}村委会", relation="堂弟", filed_on=date(2026, 1, 1), **made
        ),
        "review": Review.objects.create(
            person=person, kind="care_review", ref="2026", due_on=date(2026, 12, 1), opened_at=made["created_at"]
        ),
    }  # fmt: skip


def _voided(cast: Cast, village: Region, visitor: User, canary: str) -> Person:
    person = _person(cast, village, visitor, canary)
    Person.objects.filter(pk=person.pk).update(status="voided", left_on=cast.on, left_reason=f"{canary}建错")
    return person


def _base_list(like: Comparison, canary: str) -> Comparison:
    """A list of 特困 with somebody who has no file here."""
    found = Comparison.objects.create(
        county_id=like.county_id, township_id=like.township_id, kind="base", group_id="tekun", month=like.month,
        source=f"{canary}低保中心", file=like.file, state="done", created_by=like.created_by, created_at=like.created_at,
        counts={"rows": 1, "wrong": 0, "both": 0, "missing": 1, "no_class": 0, "dead": 0, "elsewhere": 0, "only_roster": 0},
    )  # fmt: skip
    found.rows.create(
        verdict="only_list",
        number=4,
        content=json.dumps({"name": f"{canary}阿姆", "sheet": "", "tail": "0025"}),
    )
    return found


def _person(cast: Cast, village: Region, visitor: User, canary: str) -> Person:
    return make_person(
        cast, name=f"{canary}依妹", village=village, assignee=visitor, phone="13711112222",
        contact_name=f"{canary}儿子", contact_relation=f"{canary}儿", contact_phone="13733334444",
        residence=f"{canary}路1号", hamlet=f"{canary}坪", find_me=f"{canary}门口", mind=f"{canary}有狗",
    )  # fmt: skip


def staff(village: Region, number: int) -> tuple[User, User]:
    """A visitor and a clerk of another village's township."""
    township = Region.objects.get(pk=village.township_id)
    return (
        make_user("他处巡访", f"138000003{number:02d}", Role.VISITOR, village),
        make_user("他处经办", f"138000004{number:02d}", Role.TOWNSHIP_CLERK, township),
    )


def make_sides(cast: Cast) -> tuple[Side, Side]:
    """Ours, and the neighbouring county's."""
    ours = make_side(cast, cast.village, cast.visitor, cast.township_clerk, "本村")
    theirs = make_side(cast, cast.other_county_village, *staff(cast.other_county_village, 1), "金丝雀")
    return ours, theirs


def _post(side: Side) -> int:
    return Post.objects.get(user=side.account).pk


def _uuid(name: str) -> Callable[[Side], dict[str, Any]]:
    return lambda side: {"uuid": getattr(side, name).uuid}


def _pk(name: str, key: str = "pk") -> Callable[[Side], dict[str, Any]]:
    return lambda side: {key: getattr(side, name).pk}


def _row(kind: str) -> Callable[[Side], dict[str, Any]]:
    return lambda side: {"uuid": side.person.uuid, "pk": getattr(side, kind).pk}


# Route → the object its address names.
KWARGS: dict[str, Callable[[Side], dict[str, Any]]] = {
    **{f"accounts:{name}": _pk("township") for name in ("unit", "unit_rename", "unit_switch", "unit_move", "unit_merge", "unit_new")},
    **{f"accounts:{name}": _pk("account") for name in ("user", "user_edit", "user_reset", "user_active", "post_new", "slip", "handover")},
    "accounts:post_end": lambda side: {"pk": side.account.pk, "post": _post(side)},
    **{
        f"accounts:user_list{name}": _uuid("account_list") for name in ("", "_progress", "_confirm", "_drop")
    },
    "accounts:kept_drop": _uuid("kept"),
    "accounts:open_link": lambda side: {"link": side.link},
    "accounts:unit_list_check": _uuid("unit_list"),
    "accounts:job": _uuid("job"),
    "accounts:file": _uuid("file"),
    "visits_desk:person": _uuid("person"),
    "visits_desk:full_file": _uuid("person"),
    "visits_desk:print_round": _pk("village", "village"),
    **{f"visits_desk:{name}": _uuid("person") for name in ("person_items", "contact_card")},
    "visits_desk:person_item": lambda side: {"uuid": side.person.uuid, "code": "mobility"},
    "visits_desk:contact_cards": _pk("village", "village"),
    "visits_roster:family_notice": _uuid("person"),
    **{
        f"visits_roster:import_{name}": _uuid("batch")
        for name in ("detail", "ask", "progress", "confirm", "drop", "missing", "reopen", "hold", "not_complete", "rows")
    },
    **{f"visits_roster:{name}": _uuid("person") for name in ("person_edit", "contact", "membership_new", "departure", "share")},
    "visits_roster:changes": _uuid("person"),
    **{f"visits_roster:{name}": _uuid("person") for name in ("absence_new", "entrust", "transfer")},
    **{f"visits_roster:absence_{name}": _row("absence") for name in ("end", "reopen", "void")},
    "visits_roster:transition": _uuid("transition"),
    **{
        f"visits_roster:{name}": lambda side: {"uuid": side.transition.uuid, "pk": side.reply.pk}
        for name in ("reply", "reply_small", "reply_remove")
    },
    **{
        f"visits_roster:transition_{name}": _uuid("transition")
        for name in ("letter", "accept", "receive", "decline", "withdraw", "end", "visitor", "paper", "file")
    },
    **{f"visits_roster:export_{name}": _uuid("export") for name in ("decide", "file", "withdraw")},
    **{
        f"visits_roster:{name}": _uuid("person")
        for name in ("file_places", "file_care", "file_notice", "file_dwelling", "reveal", "look", "file_void",
                     "relative_new", "benefit_new", "certificate_new", "near_relative_new")
    },
    **{
        f"visits_roster:{kind}_{act}": _row(kind)
        for kind in ("relative", "benefit", "certificate", "near_relative") for act in ("edit", "void")
    },
    "visits_roster:certificate_reveal": _row("certificate"),
    "visits_roster:file_unvoid": _uuid("voided"),
    "visits_roster:review": _pk("review"),
    "visits_roster:membership_event": lambda side: {"uuid": side.gone.uuid, "pk": side.sudden.pk},
    **{f"visits_schedule:{name}": _uuid("round") for name in ("round", "round_phones", "round_call_off")},
    "visits_schedule:group_close": lambda side: {"code": side.added_group.pk},
    "visits_schedule:rule_end": _pk("frequency"),
    **{
        f"visits_records:archive_{name}": lambda side: {"village": side.village.pk, "year": side.visit.visited_on.year}
        for name in ("village", "print")
    },
    "visits_records:archive_void": _pk("deposit"),
    "visits_core:notice_open": _pk("notice"),
    **{f"visits_core:webhook_{name}": _pk("group_address") for name in ("test", "on", "off")},
    "visits_core:delivery_resend": _pk("message"),
    **{f"visits_records:{name}": _uuid("sample") for name in ("sample", "sample_print", "sample_list")},
    "visits_records:sampled": lambda side: {"uuid": side.sample.uuid, "place": 1},
    **{f"visits_core:calendar_{name}": _pk("calendar_draft") for name in ("draft", "confirm", "turn_down")},
    "visits_schedule:why": _uuid("person"),
    "visits_roster:departure_undo": _uuid("gone"),
    **{f"visits_roster:{name}": lambda side: {"uuid": side.person.uuid, "other": side.twin.uuid} for name in ("merge", "apart")},
    "visits_roster:unmerge": lambda side: {"uuid": side.person.uuid, "pk": side.merge.pk},
    **{f"visits_roster:{name}": _uuid("discovery") for name in ("discovery", "discovery_link")},
    **{
        f"visits_roster:compare_{name}": _uuid("comparison")
        for name in ("detail", "progress", "release", "tell", "missing")
    },
    "visits_roster:coverage_list": lambda side: {"uuid": side.base_list.uuid, "which": "missing"},
    "visits_roster:compare_redate": lambda side: {"uuid": side.comparison.uuid, "pk": side.compared.pk},
    "visits_roster:membership_end": lambda side: {"uuid": side.person.uuid, "pk": side.membership.pk},
    "visits_roster:share_end": lambda side: {"uuid": side.person.uuid, "pk": side.grant.pk},
    **{
        f"visits_records:{name}": _uuid("person")
        for name in (
            "visit_new", "attempt_new", "draft", "excuse", "excuse_undo", "known", "household_visit", "household_draft",
            "photo_add", "type_row",
        )
    },
    **{f"visits_records:known_{name}": _row("known_state") for name in ("keep", "end")},
    "visits_desk:print_paper": _uuid("paper"),
    **{f"visits_records:wording_{name}": _pk("wording") for name in ("version", "withdraw")},
    "visits_records:paper_type": _uuid("paper"),
    "visits_records:paper_code": lambda side: {"code": side.paper.code, "page": 1},
    **{f"visits_records:{name}": _uuid("photo") for name in ("photo", "photo_small", "photo_remove")},
    **{f"visits_records:scan_{name}": _uuid("scan") for name in ("picture", "small", "lay", "drop")},
    **{
        f"visits_records:{name}": _uuid("visit")
        for name in ("visit", "visit_void", "visit_join", "visit_answer", "visit_print", "visit_pdf")
    },
    **{
        f"visits_records:{name}": _uuid("sheet")
        for name in (
            "sheet", "sheet_sign", "sheet_strike", "sheet_return", "sheet_resume", "sheet_renew", "sheet_void",
            "sheet_freeze", "sheet_paper", "sheet_print", "sheet_pdf",
        )
    },
    "visits_records:delegation_withdraw": _pk("delegation"),
    "visits_records:start_of": _pk("township"),
    "visits_records:start_finish": _pk("township"),
    "visits_records:offline_visit": _uuid("offline"),
    "visits_records:offline_list_detail": _uuid("offline_list"),
    "visits_followup:change": _uuid("change"),
    "visits_followup:emergency_of": _uuid("person"),
    **{
        f"visits_followup:emergency{name}": _uuid("emergency")
        for name in ("", "_take", "_details", "_police", "_close", "_change")
    },
    "visits_followup:shift_cancel": _pk("shift"),
    **{f"visits_followup:{name}": _uuid("finding") for name in ("finding", "finding_close")},
    "visits_followup:finding_photo": lambda side: {
        "uuid": side.finding.uuid, "pk": side.finding.steps.get(photo__isnull=False).pk
    },
    **{
        f"visits_followup:case{name}": _uuid("case")
        for name in ("", "_take", "_ask", "_ask_withdraw", "_supply", "_advance", "_propose", "_decide", "_close")
    },
    "visits_followup:case_paper": lambda side: {"uuid": side.case.uuid, "pk": side.supplement.pk},
    "visits_followup:case_measure": lambda side: {"uuid": side.case.uuid, "pk": side.case_measure.pk},
    "visits_followup:case_void": lambda side: {"uuid": side.case.uuid, "pk": side.case_advance.pk},
    "visits_followup:change_new": _uuid("person"),
    "visits_followup:ending_new": _uuid("person"),
    **{f"visits_followup:ending{name}": _uuid("ending") for name in ("", "_notice")},
    "visits_followup:ending_step": lambda side: {"uuid": side.ending.uuid, "step": "check"},
    "visits_followup:day": lambda side: {"township": side.township.pk, "on": side.visit.visited_on},
    "visits_followup:plan_edit": _uuid("person"),
    **{f"visits_followup:{name}": _uuid("plan") for name in ("plan", "plan_print", "plan_pdf")},
    "visits_followup:measure_done": lambda side: {"uuid": side.plan.uuid, "pk": side.measure.pk},
}  # fmt: skip
