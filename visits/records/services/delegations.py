"""授权: somebody signs in the place of a post, by a document, from one day to another (practice P2)."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import Delegation, Post, Region, User
from accounts.roles import Role
from visits.records.models import SLOT_LEVELS, SLOT_ROLES

KEEPERS = (Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD)
LEVEL_OF = {role: SLOT_LEVELS[slot] for slot, role in SLOT_ROLES.items()}


class CannotDelegate(Exception):
    """Refused; the text says why and is shown. `field` names the place on the form."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


def delegations_of(by: User) -> "QuerySet[Delegation]":
    """Those of the user's townships and their villages, the live ones first."""
    return (
        Delegation.objects.filter(region__township_id__in=by.duty.unit_ids(*KEEPERS))  # type: ignore[attr-defined]
        .select_related("region", "deputy", "created_by")
        .order_by("-ends_on", "-pk")
    )


def deputies(township_id: int, on: date) -> "QuerySet[User]":
    """Who may be given one: everybody with a live post in the township or one of its villages."""
    posts = Post.objects.live(on).filter(region__township_id=township_id).exclude(role=Role.VISITOR)
    return User.objects.filter(is_active=True, pk__in=posts.values("user_id")).order_by("name", "pk")


def _check_deputy(unit: Region, role: str, deputy_id: int, starts_on: date, ends_on: date, on: date) -> None:
    """Refuse whoever can't see the table, signs anyway, or was given the same before."""
    units = {unit.pk, unit.township_id}
    posts = Post.objects.live(on).exclude(role=Role.VISITOR)
    held = posts.filter(user_id=deputy_id, region_id__in=units)
    if not held.exists():
        raise CannotDelegate("受托人在这里没有任职，看不到要签的表。请先在“账号”里给他加任职", "deputy")
    if Post.objects.live(starts_on).filter(user_id=deputy_id, region_id=unit.pk, role=role).exists():
        raise CannotDelegate("受托人本来就任这个职务，不用授权", "deputy")
    same = Q(starts_on__lte=ends_on, ends_on__gte=starts_on)
    if Delegation.objects.filter(
        same, region=unit, role=role, deputy_id=deputy_id, withdrawn_at=None
    ).exists():
        raise CannotDelegate("这位同志在这段时间里已经有同样的授权", "starts_on")


@transaction.atomic
def delegate(
    *,
    region_id: int,
    role: str,
    deputy_id: int,
    deputy_title: str,
    principal_name: str,
    document_no: str,
    reason: str = "",
    starts_on: date,
    ends_on: date,
    by: User,
    at: datetime,
) -> Delegation:
    """Write down a 授权. Both days inclusive. A deputy must be able to see what is signed: a township's needs a
    post at the township, a village's one in the village or the township. Raises CannotDelegate."""
    unit = Region.objects.filter(pk=region_id).first()
    if unit is None or unit.township_id not in by.duty.unit_ids(*KEEPERS):  # type: ignore[attr-defined]
        raise CannotDelegate("这个单位不归您管", "region")
    if role not in LEVEL_OF or unit.level != LEVEL_OF[Role(role)]:
        raise CannotDelegate("单位和职务对不上：村里的职务选村，乡镇主要负责人选乡镇", "region")
    if not document_no.strip():
        raise CannotDelegate("请填授权文号", "document_no")
    if ends_on < starts_on:
        raise CannotDelegate("结束日期早于开始日期，请核对", "ends_on")
    _check_deputy(unit, role, deputy_id, starts_on, ends_on, timezone.localtime(at).date())
    made = Delegation.objects.create(
        region=unit,
        role=role,
        deputy_id=deputy_id,
        deputy_title=deputy_title.strip(),
        principal_name=principal_name.strip(),
        document_no=document_no.strip(),
        reason=reason.strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        created_by=by,
    )
    _log("delegation_made", made, by, at)
    return made


@transaction.atomic
def withdraw_delegation(*, delegation_id: int, by: User, at: datetime) -> Delegation:
    """From now on nobody signs by it; what was signed stays. Raises CannotDelegate."""
    paper = delegations_of(by).select_for_update(of=("self",), no_key=True).filter(pk=delegation_id).first()
    if paper is None:
        raise CannotDelegate("没有找到这份授权")
    if paper.withdrawn_at is not None:
        raise CannotDelegate("这份授权已经收回了")
    paper.withdrawn_at = at
    paper.save(update_fields=["withdrawn_at"])
    _log("delegation_withdrawn", paper, by, at)
    return paper


def _log(action: str, paper: Delegation, by: User, at: datetime) -> None:
    audit.record(
        action,
        at=at,
        by_id=by.pk,
        role=by.duty.role_for(paper.region, KEEPERS) or "",  # type: ignore[attr-defined]
        object_type="delegation",
        object_id=paper.pk,
        slot_role=paper.role,
        unit=paper.region_id,
    )
