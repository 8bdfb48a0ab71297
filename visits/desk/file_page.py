"""The file behind a person's page: family, care, benefits, certificates, 告知, what is to be looked at. Who may
change a part finds the way to it beside the part."""

from datetime import date
from typing import Any

from django.utils import timezone

from accounts.roles import READS_CASEWORK, WRITES_VISITS, Role
from visits.core.idnumber import DISABILITY_KINDS
from visits.desk import links
from visits.desk.reading import Read
from visits.records.selectors.known import known_of
from visits.roster.models import Benefit, DisabilityCertificate, NearRelative, Person, Relative
from visits.roster.review_rows import as_row
from visits.roster.selectors import reviews
from visits.roster.selectors.completeness import gaps
from visits.roster.selectors.dwelling import dwelling_of, words_of
from visits.roster.services.guarded import SEES_IDS
from visits.roster.units import full_name
from visits.templatetags.xf import num
from xunfang.kit.prepared import Prepared

OFFICE = READS_CASEWORK | {Role.INSPECTOR}
GRADES = {1: "一级", 2: "二级", 3: "三级", 4: "四级"}
KIN = (Relative.Kind.CHILD, Relative.Kind.PARENT, Relative.Kind.GUARDIAN, Relative.Kind.CARER)
MOST_GAPS = 5
_RELATIVES = Prepared[Relative](
    lambda *, person: Relative.objects.filter(person_id=person, voided_at=None).order_by(
        "kind", "birth_year", "pk"
    )
)
_CERTIFICATES = Prepared[DisabilityCertificate](
    lambda *, person: DisabilityCertificate.objects.filter(person_id=person, voided_at=None)
)
_BENEFITS = Prepared[Benefit](
    lambda *, person: Benefit.objects.filter(person_id=person, voided_at=None).order_by("-starts_on", "pk")
)
_NEAR = Prepared[NearRelative](
    lambda *, person: NearRelative.objects.filter(person_id=person, voided_at=None).order_by("pk")
)


def _own(rows: Prepared, person: Person) -> list[Any]:
    """What stands in this person's file."""
    found: list[Any] = rows.all(person=person.pk)
    for row in found:
        row.person = person
    return found


def read(page: Read, user: Any, today: date) -> dict[str, Any]:
    """Everything of the file that this reader may read, in words."""
    person, there, duty = page.person, page.there, user.duty
    keeps = duty.role_for(person, {Role.TOWNSHIP_CLERK}) is not None
    office = duty.role_for(person, OFFICE) is not None
    visits = duty.has(WRITES_VISITS)
    relatives = _own(_RELATIVES, person) if there.relatives else []
    live = person.status == Person.Status.LIVE
    dwelling = dwelling_of(person) if there.dwelling else None
    return {
        "keeps": keeps,
        "opened": ymd(timezone.localtime(person.created_at).date()),
        "gaps": _gaps(person, relatives, page.labels.shown, today, keeps, visits) if live else [],
        "reviews": _reviews(person, user, today) if keeps and live and there.reviews else [],
        "contacts": [_contact(row, keeps or visits) for row in relatives if row.kind == Relative.Kind.CONTACT],
        "kin": [_kin(row, keeps) for kind in KIN for row in relatives if row.kind == kind],
        "kin_url": links.to("visits_roster:relative_new", person.uuid) if keeps else "",
        "care": _care(person),
        "care_url": links.to("visits_roster:file_care", person.uuid) if keeps else "",
        "known": known_of(person) if there.known else [],
        "known_url": links.to("visits_records:known", person.uuid) if visits and live else "",
        "dwelling": words_of(dwelling, today),
        "helper_phone": dwelling.helper_phone if dwelling else "",
        "dwelling_url": links.to("visits_roster:file_dwelling", person.uuid) if visits and live else "",
        "facts": _facts(page, user, today, keeps=keeps, office=office),
        "near": _near(page, keeps) if office else None,
        "reveal_url": links.to("visits_roster:reveal", person.uuid)
        if person.id_index is not None and duty.role_for(person, SEES_IDS) is not None
        else "",
        "full_url": links.to("visits_desk:full_file", person.uuid)
        if duty.role_for(person, SEES_IDS) is not None
        else "",
        "void_url": links.to("visits_roster:file_void", person.uuid) if keeps and live else "",
    }  # fmt: skip


def _gaps(
    person: Person, relatives: list[Relative], codes: Any, today: date, keeps: bool, visits: bool
) -> list[dict[str, str]]:
    """What is missing and may be entered by this reader, as links."""
    found = gaps(person, {row.kind for row in relatives}, codes, today)
    if not keeps:
        found = [gap for gap in found if gap.visitor and visits]
    return [
        {"word": gap.word, "url": links.to(f"visits_roster:{gap.view}", person.uuid, kind=gap.kind)}
        for gap in found[:MOST_GAPS]
    ]


def _reviews(person: Person, user: Any, today: date) -> list[dict[str, Any]]:
    rows = list(reviews.of_person(person, user).select_related("person"))
    return [as_row(question, today) for question in reviews.questions(rows, user, today)]


def _edit(kind: str, row: Any, may: bool) -> str:
    return links.to(f"visits_roster:{kind}_edit", row.person.uuid, row.pk) if may else ""


def _contact(row: Relative, may: bool) -> dict[str, str]:
    return {"name": row.name, "relation": row.relation, "tel": row.phone, "url": _edit("relative", row, may)}


def _kin(row: Relative, may: bool) -> dict[str, str]:
    said = [
        f"{row.birth_year}年生" if row.birth_year else "",
        f"{row.get_where_display()}{'，' + row.place if row.place else ''}" if row.where else row.place or "不清楚在哪里",
        f"{DISABILITY_KINDS[str(row.disability_kind)]}{GRADES[row.disability_grade]}"
        if row.disability_kind and row.disability_grade
        else "",
        "没有监护能力" if row.unable else "",
        f"委托照护书{row.document_no}" if row.document_no else "",
    ]  # fmt: skip
    return {
        "what": row.relation or row.get_kind_display(),
        "kind": row.get_kind_display(),
        "name": row.name,
        "say": "，".join(part for part in said if part),
        "tel": row.phone,
        "url": _edit("relative", row, may),
    }


def _care(person: Person) -> str:
    """The arrangement and until when it holds (practice P15: known, not found again each time)."""
    if not person.care_arrangement:
        return ""
    again = f"，{ymd(person.care_review_on)}再核" if person.care_review_on else ""
    return f"{person.care_arrangement}{again}。"


def _facts(page: Read, user: Any, today: date, *, keeps: bool, office: bool) -> list[dict[str, Any]]:
    """Label, lines, and where to change them."""
    person = page.person
    places = links.to("visits_roster:file_places", person.uuid) if keeps else ""
    found = _classes(page, today, keeps=keeps)
    found.append({"label": "户籍", "lines": [_registered(page)], "url": places})
    if person.residence or person.residence_region_id:
        found.append({"label": "现在住", "lines": [_living(person)], "url": places})
    if person.institution:
        tel = f"，{person.institution_phone}" if person.institution_phone else ""
        care = links.to("visits_roster:file_care", person.uuid) if keeps else ""
        found.append({"label": "机构", "lines": [f"{person.institution}{tel}"], "url": care})
    sees = user.duty.role_for(person, SEES_IDS) is not None
    found += _certificates(page, keeps, office, sees)
    if office:
        found += _benefits(page, today, keeps)
    notice = links.to("visits_roster:file_notice", person.uuid) if keeps else ""
    found.append({"label": "告知", "lines": [_informed(person)], "url": notice})
    return found


def _classes(page: Read, today: date, *, keeps: bool) -> list[dict[str, Any]]:
    """The classes the reader may read, with what made 突发困难 so and when it is looked at again."""
    found = []
    for row in page.live(today):
        sudden = row.group_id == "sudden"
        said = [
            f"{ymd(row.starts_on)}起" + (f"，到{ymd(row.ends_on)}" if row.ends_on else ""),
            f"{row.get_event_display()}（{ymd(row.event_on)}）" if row.event and row.event_on else "",
            f"{ymd(row.review_on)}复核" if row.review_on else "",
            f"{ymd(row.reported_on)}已报告{row.reported_to}" if row.reported_on else "",
            row.basis,
            f"{row.get_visible_from_display()}看得到" if row.visible_from else "",
        ]  # fmt: skip
        view = "membership_event" if sudden else "membership_end"
        own = keeps and row.ends_on is None
        url = links.to(f"visits_roster:{view}", page.person.uuid, row.pk) if own else ""
        word = "改" if sudden else "结束"
        found.append(
            {"label": row.group.short, "lines": ["，".join(filter(None, said))], "url": url, "word": word}
        )
    return found


def _registered(page: Read) -> str:
    person, village = page.person, next(iter(page.units), None)
    if person.registered_address or village is None or village.pk != person.village_id:
        return person.registered_address
    names = {unit.pk: unit.name for unit in page.units}
    return full_name(village, names)


def _living(person: Person) -> str:
    """The township of residence, and the address in it as it was written."""
    unit = full_name(person.residence_region) if person.residence_region else ""
    return "，".join(part for part in (unit, person.residence) if part)


def _certificates(page: Read, keeps: bool, office: bool, sees: bool) -> list[dict[str, Any]]:
    person, found = page.person, []
    for row in _own(_CERTIFICATES, person) if page.there.certificates else []:
        # SECURITY: the number holds the id number; its last four, for offices only (decisions 22).
        tail = f"，尾号{str(row.number)[-4:]}" if row.number and office else ""
        until = f"，到{ymd(row.valid_until)}" if row.valid_until else ""
        line = f"{DISABILITY_KINDS[str(row.kind)]}{GRADES[row.grade]}{tail}{until}"
        reveal = (
            links.to("visits_roster:certificate_reveal", person.uuid, row.pk) if row.number and sees else ""
        )
        found.append(
            {
                "label": "残疾证",
                "lines": [line],
                "url": _edit("certificate", row, keeps),
                "reveal_url": reveal,
            }
        )
    if not found and keeps:
        url = links.to("visits_roster:certificate_new", person.uuid)
        found.append({"label": "残疾证", "lines": ["没有登记"], "url": url, "word": "登记"})
    return found


def _benefits(page: Read, today: date, keeps: bool) -> list[dict[str, Any]]:
    person = page.person
    rows = _own(_BENEFITS, person) if page.there.benefits else []
    found = [
        {
            "label": row.get_kind_display(),
            "lines": [_benefit(row, today)],
            "url": _edit("benefit", row, keeps),
        }
        for row in rows
    ]
    if keeps:
        url = links.to("visits_roster:benefit_new", person.uuid)
        found.append(
            {"label": "待遇", "lines": ["没有登记"] if not found else [], "url": url, "word": "加一项"}
        )
    return found


def _benefit(row: Benefit, today: date) -> str:
    once = row.kind == Benefit.Kind.TEMPORARY
    money = "" if row.amount is None else f"{'共' if once else '每月'}{yuan(row.amount)}元，"
    span = f"{ymd(row.starts_on)}起" + (f"，到{ymd(row.ends_on)}" if row.ends_on else "")
    over = "，已经停了" if row.ends_on and row.ends_on < today else ""
    return f"{money}{span}{over}{'，' + row.document_no if row.document_no else ''}"


def ymd(on: date) -> str:
    """2026年12月13日: a date of record, which needs no weekday."""
    return f"{on.year}年{on.month}月{on.day}日"


def yuan(amount: int) -> str:
    """分 as yuan: 73550 → 735.50, 73500 → 735."""
    whole, rest = divmod(amount, 100)
    return f"{num(whole)}.{rest:02d}" if rest else num(whole)


def _informed(person: Person) -> str:
    told = (
        f"{ymd(person.informed_on)}，{person.get_informed_how_display()}"
        if person.informed_on
        else "还没有告知本人"
    )
    family = {"yes": "，家属愿意知道", "no": "，不要告诉家属"}.get(person.family_notice, "")
    return told + family


def _near(page: Read, keeps: bool) -> dict[str, Any]:
    person = page.person
    rows = _own(_NEAR, person) if page.there.near else []
    return {
        "rows": [
            {
                "name": row.name,
                "say": f"{row.office}，是本人的{row.relation}，{ymd(row.filed_on)}备案",
                "url": _edit("near_relative", row, keeps),
            }
            for row in rows
        ],
        "new_url": links.to("visits_roster:near_relative_new", person.uuid) if keeps else "",
    }
