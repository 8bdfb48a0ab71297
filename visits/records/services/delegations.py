"""授权: somebody signs in the place of a post, by a document, from a day on (practice P2).

Nobody writes down his own: the principal does, another at the office, or the county. Whoever holds the post that is
signed for is told, and can take it back."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import Delegation, Post, Region, User
from accounts.models.post import DelegationQuerySet
from accounts.models.region import Level
from accounts.roles import COUNTY, TOWNSHIP, Role
from accounts.scoping import where
from visits.core import notice_words
from visits.core.telling import News, settle, tell
from visits.records.models import SLOT_LEVELS, SLOT_ROLES

KEEPERS = TOWNSHIP | COUNTY
# The subject of its notices.
GIVEN = "delegation"
LEVEL_OF = {role: SLOT_LEVELS[slot] for slot, role in SLOT_ROLES.items()}


class CannotDelegate(Exception):
    """Refused; the text says why and is shown. `field` names the place on the form."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


def delegations_of(by: User) -> DelegationQuerySet:
    """Those of the user's townships and their villages, and those for a post that is the user's; the ones that
    end last first."""
    duty = by.duty  # type: ignore[attr-defined]
    mine = where(duty, roles=KEEPERS, prefix="region__", assignee=None)
    for role in SLOT_ROLES.values():
        if units := duty.unit_ids(role):
            mine |= Q(role=role, region_id__in=units)
    return (
        Delegation.objects.filter(mine)
        .select_related("region", "deputy", "created_by")
        .order_by(F("ends_on").desc(nulls_first=True), "-pk")
    )


def townships_of(by: User, on: date) -> list[Region]:
    """For which townships, and their villages, the user may write one down."""
    duty = by.duty  # type: ignore[attr-defined]
    found = where(duty, roles=KEEPERS, assignee=None)
    return list(Region.objects.live(on).filter(found, level=Level.TOWNSHIP).order_by("position", "pk"))


def deputies(township_id: int, on: date) -> "QuerySet[User]":
    """Who may be given one: everybody with a live post in the township or one of its villages."""
    posts = Post.objects.live(on).filter(region__township_id=township_id).exclude(role=Role.VISITOR)
    return User.objects.filter(is_active=True, pk__in=posts.values("user_id")).order_by("name", "pk")


def _check_deputy(
    unit: Region, role: str, deputy_id: int, starts_on: date, ends_on: date | None, on: date
) -> None:
    """Refuse whoever can't see the table, signs anyway, or was given the same before."""
    units = {unit.pk, unit.township_id}
    posts = Post.objects.live(on).exclude(role=Role.VISITOR)
    held = posts.filter(user_id=deputy_id, region_id__in=units)
    if not held.exists():
        raise CannotDelegate("受托人在这里没有任职，看不到要签的表。请先在“账号”里给他加任职", "deputy")
    if Post.objects.live(starts_on).filter(user_id=deputy_id, region_id=unit.pk, role=role).exists():
        raise CannotDelegate("受托人本来就任这个职务，不用授权", "deputy")
    same = Delegation.objects.unended(starts_on).filter(region=unit, role=role, deputy_id=deputy_id)
    if (same if ends_on is None else same.filter(starts_on__lte=ends_on)).exists():
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
    ends_on: date | None,
    by: User,
    at: datetime,
) -> Delegation:
    """Write down a 授权. Both days inclusive; without an end it stands until it is taken back. A deputy must be
    able to see what is signed: a township's needs a post at the township, a village's one in the village or the
    township. Nobody gives it to himself. Raises CannotDelegate."""
    unit = Region.objects.filter(pk=region_id).first()
    if unit is None or by.duty.role_for(unit, KEEPERS) is None:  # type: ignore[attr-defined]
        raise CannotDelegate("这个单位不归您管", "region")
    if deputy_id == by.pk:
        raise CannotDelegate("不能给自己登记授权。请委托人本人、民政办另一位同志或县民政局来登记", "deputy")
    if role not in LEVEL_OF or unit.level != LEVEL_OF[Role(role)]:
        raise CannotDelegate("单位和职务对不上：村里的职务选村，乡镇主要负责人选乡镇", "region")
    if not document_no.strip():
        raise CannotDelegate("请填授权文号", "document_no")
    if ends_on is not None and ends_on < starts_on:
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
    _tell(made, by, at)
    return made


def _tell(paper: Delegation, by: User, at: datetime) -> None:
    """Whoever holds the post that is signed for learns of it, so that nothing is signed behind his back."""
    today = timezone.localtime(at).date()
    posts = Post.objects.live(today).filter(region=paper.region, role=paper.role, user__is_active=True)
    users = set(posts.exclude(user_id__in=[by.pk, paper.deputy_id]).values_list("user_id", flat=True))
    tell(
        [
            News(
                user_id=user_id,
                key=f"{GIVEN}:{paper.pk}",
                kind="delegation",
                words=notice_words.delegated(paper.starts_on),
                url=reverse("visits_records:delegations"),
                subject=GIVEN,
                subject_id=paper.pk,
            )
            for user_id in sorted(users)
        ],
        at=at,
    )


@transaction.atomic
def withdraw_delegation(*, delegation_id: int, by: User, at: datetime) -> Delegation:
    """From now on nobody signs by it; what was signed stays. Also by whoever it signs for. Raises
    CannotDelegate."""
    paper = delegations_of(by).select_for_update(of=("self",), no_key=True).filter(pk=delegation_id).first()
    if paper is None:
        raise CannotDelegate("没有找到这份授权")
    if paper.withdrawn_at is not None:
        raise CannotDelegate("这份授权已经收回了")
    paper.withdrawn_at = at
    paper.save(update_fields=["withdrawn_at"])
    settle(subject=GIVEN, subject_id=paper.pk, at=at)
    _log("delegation_withdrawn", paper, by, at)
    return paper


def _log(action: str, paper: Delegation, by: User, at: datetime) -> None:
    audit.record(
        action,
        at=at,
        by_id=by.pk,
        role=by.duty.role_for(paper.region, KEEPERS | {Role(paper.role)}) or "",  # type: ignore[attr-defined]
        object_type="delegation",
        object_id=paper.pk,
        slot_role=paper.role,
        unit=paper.region_id,
    )
