"""办交接: tables that wait for a name, 授权 that run, and what somebody began to write."""

from collections.abc import Callable, Mapping
from datetime import date

from django.db.models import Count, Q

from accounts import audit, authority
from accounts.handover import Kind, Move
from accounts.models import Delegation, Post, User
from accounts.models.post import DelegationQuerySet
from accounts.models.region import Level
from accounts.scoping import COLUMN
from accounts.services import acting_as
from visits.records.models import SLOT_ROLES, Draft, Sheet


def _drafts(user: User, on: date) -> Mapping[int, int]:
    rows = Draft.objects.filter(author=user).order_by().values("person__village_id")
    return {row["person__village_id"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def _drop_drafts(move: Move) -> int:
    """A draft is its author's alone: nobody else may read it, so nobody can finish it."""
    count, _ = Draft.objects.filter(author=move.user, person__village_id=move.unit_id).delete()
    audit.record(
        "drafts_dropped", at=move.at, by_id=move.by.pk, role=acting_as(move.by), target=move.user, count=count
    )
    return count


DRAFTS = Kind(
    code="drafts",
    title="没写完的草稿",
    unit="份",
    say="草稿只有本人看得到，请在最后一天前提交或者删掉。",
    count=_drafts,
    release=_drop_drafts,
    release_word="本人来不了了，草稿作废",
    order=30,
)


def _waiting(slot: int) -> Callable[[User, date], Mapping[int, int]]:
    """Tables of the user's units, in the role of this slot, that still lack this name."""

    def count(user: User, on: date) -> Mapping[int, int]:
        posts = authority.unended(user.pk, on).filter(role=SLOT_ROLES[slot]).select_related("region")
        found = {}
        for post in posts:
            column = COLUMN.get(Level(post.region.level))
            if column is None:
                continue
            rows = Sheet.objects.filter(
                state__in=[Sheet.State.OPEN, Sheet.State.SIGNING], **{column: post.region_id}
            )
            found[post.region_id] = rows.exclude(
                pk__in=rows.filter(signatures__slot=slot).values("pk")
            ).count()
        return found

    return count


SHEETS = [
    Kind(
        code=f"sheets{slot}",
        title="等签字的确认表",
        unit="张",
        say="签字跟着职务走：谁接任谁签；没人接任的，到“授权代签”登记授权。",
        count=_waiting(slot),
        release_word="职务先空着，以后授权代签",
        stays=True,
        roles=frozenset({role}),
        order=20,
    )
    for slot, role in SLOT_ROLES.items()
]


def _delegations(user: User, on: date) -> Mapping[int, int]:
    rows = Delegation.objects.unended(on).filter(deputy=user)
    return {row["region_id"]: row["n"] for row in rows.order_by().values("region_id").annotate(n=Count("pk"))}


def _withdraw(move: Move) -> int:
    return _take_back(Delegation.objects.filter(deputy=move.user), move)


def _take_back(rows: DelegationQuerySet, move: Move) -> int:
    rows = rows.unended(move.on).filter(region_id=move.unit_id)
    papers = list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    for paper in papers:
        paper.withdrawn_at = move.at
        paper.save(update_fields=["withdrawn_at"])
        audit.record(
            "delegation_withdrawn", at=move.at, by_id=move.by.pk, role=acting_as(move.by),
            object_type="delegation", object_id=paper.pk, slot_role=paper.role, unit=paper.region_id,
        )  # fmt: skip
    return len(papers)


DELEGATIONS = Kind(
    code="delegations",
    title="受委托代签",
    unit="份",
    say="授权写明了是谁，不能转；要别人代签，另登记一份。",
    count=_delegations,
    release=_withdraw,
    release_word="收回授权",
    order=45,
)


def _of_posts(user: User, on: date) -> DelegationQuerySet:
    """Those by which others sign in the place of the user's posts. One that names somebody else who holds the
    same post is that person's. A post whose last day was set for today asks no more."""
    posts = authority.unended(user.pk, on).filter(Q(ends_on=None) | Q(ends_on__gt=on))
    found = Q(pk__in=[])
    for post in posts.filter(role__in=SLOT_ROLES.values()):
        others = Post.objects.live(on).filter(region_id=post.region_id, role=post.role).exclude(user=user)
        names = list(others.values_list("user__name", flat=True))
        found |= Q(region_id=post.region_id, role=post.role) & ~Q(principal_name__in=names)
    return Delegation.objects.filter(found)


def _given(user: User, on: date) -> Mapping[int, int]:
    rows = _of_posts(user, on).unended(on)
    return {row["region_id"]: row["n"] for row in rows.order_by().values("region_id").annotate(n=Count("pk"))}


def _withdraw_given(move: Move) -> int:
    return _take_back(_of_posts(move.user, move.on), move)


GIVEN = Kind(
    code="given",
    title="委托别人代签",
    unit="份",
    say="授权写的是这个职务。人走了还要不要别人代签，请定下来；收回的，以前签的字照样算。",
    count=_given,
    release=_withdraw_given,
    release_word="收回授权",
    keep_word="授权继续有效到期满",
    order=46,
)
KINDS = [DRAFTS, *SHEETS, DELEGATIONS, GIVEN]
