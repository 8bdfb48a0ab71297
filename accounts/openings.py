"""开通单: made, printed, used once. The raw link and code exist on paper only; we keep their keyed hashes."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit, authority
from accounts.backends import normalise
from accounts.models import Opening, Post, Region, User
from accounts.services import CannotManage, acting_as
from xunfang.kit.crypto import blind_index

VALID = timedelta(days=14)
# No letters or digits that are taken for each other on paper.
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8


class CannotOpen(Exception):
    """The paper opens nothing any more; the text is one kind sentence that may be shown."""


@dataclass(frozen=True)
class Paper:
    """What is printed for one account. `link` and `code` are kept nowhere else."""

    user: User
    link: str
    code: str
    expires_at: datetime

    @property
    def code_words(self) -> str:
        """K7M4-2QXP."""
        return f"{self.code[:4]}-{self.code[4:]}"


def link_hash(link: str) -> bytes:
    return blind_index(link, "opening.link")


def code_hash(user_id: int, code: str) -> bytes:
    """Of the account as well: a code opens one account and no other."""
    return blind_index(f"{user_id}:{fold(code)}", "opening.code")


def fold(code: str) -> str:
    """A code as people type it: small letters, full width, hyphens and blanks change nothing."""
    return normalise(code).replace("_", "")


# Never signed in to, or waiting for a new password of one's own after a reset.
UNOPENED = Q(is_active=True) & (Q(last_login=None) | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX))


def is_unopened(user: User) -> bool:
    return user.is_active and (user.last_login is None or not user.has_usable_password())


def never_opened(users: QuerySet[User]) -> QuerySet[User]:
    """Accounts in use that wait to be opened by a paper."""
    return users.filter(UNOPENED)


def without_paper(users: QuerySet[User], at: datetime) -> QuerySet[User]:
    """Those of them for whom no paper is out that still opens."""
    return never_opened(users).exclude(pk__in=Opening.objects.alive(at).values("user_id"))


@transaction.atomic
def make(*, user_ids: Collection[int], by: User, at: datetime, on: date) -> list[Paper]:
    """A new paper for each account that was never opened (or whose password was just reset); earlier papers
    open nothing any more. In the order of `user_ids`. Raises `CannotManage`."""
    wanted = list(dict.fromkeys(user_ids))
    users = authority.users(by.duty).filter(pk__in=wanted)  # type: ignore[attr-defined]
    found = {user.pk: user for user in users.select_for_update(no_key=True, of=("self",)).order_by("pk")}
    if len(found) != len(wanted):
        raise CannotManage("有的账号不归您管，或者刚被改过，请回到名单再选")
    _refuse(list(found.values()), by, on)
    end(user_ids=wanted, at=at)
    papers = [Paper(found[pk], secrets.token_urlsafe(32), _code(), at + VALID) for pk in wanted]
    Opening.objects.bulk_create(
        [
            Opening(
                user=paper.user,
                link_hash=link_hash(paper.link),
                code_hash=code_hash(paper.user.pk, paper.code),
                created_by=by,
                created_at=at,
                expires_at=paper.expires_at,
            )
            for paper in papers
        ],
        batch_size=1000,
    )
    for paper in papers:
        audit.record("opening_printed", at=at, by_id=by.pk, role=acting_as(by), target=paper.user)
    return papers


def _refuse(users: Sequence[User], by: User, on: date) -> None:
    """Refuse what would open an account that somebody else looks after, or that is in use."""
    # SECURITY: a paper opens every post of the account; so one must be able to give them all.
    posts = authority.unended_of([user.pk for user in users], on)
    for user in users:
        if why := authority.why_not_keep(by.duty, user, on, posts.get(user.pk, [])):  # type: ignore[attr-defined]
            raise CannotManage(f"{user.name}：{why}" if len(users) > 1 else why)
        if not posts.get(user.pk):
            raise CannotManage(f"{user.name}现在没有任职，开通了也登录不了，请先加任职")
        if not user.is_active:
            raise CannotManage(f"{user.name}的账号已停用，请先恢复")
        if not is_unopened(user):
            raise CannotManage(f"{user.name}的账号已经在用了。忘了密码，请用“重设密码”")
    first = [user for user in users if user.has_usable_password()]
    for user in first:  # a first password from an older paper
        user.set_unusable_password()
    User.objects.bulk_update(first, ["password"], batch_size=1000)


def _code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


def end(*, user_ids: Collection[int], at: datetime) -> int:
    """Papers of these accounts open nothing any more. In the caller's transaction."""
    return Opening.objects.filter(user_id__in=user_ids, used_at=None, ended_at=None).update(ended_at=at)


def by_link(link: str, at: datetime) -> Opening | None:
    """The live paper whose QR code holds this link."""
    return Opening.objects.alive(at).select_related("user").filter(link_hash=link_hash(link)).first()


def by_code(user: User, code: str, at: datetime) -> Opening | None:
    """The live paper of this account with this code."""
    return Opening.objects.alive(at).filter(user=user, code_hash=code_hash(user.pk, code)).first()


@transaction.atomic
def use(*, opening_id: int, password: str, at: datetime) -> User:
    """Set the first password of one's own. One press wins, whoever else holds the paper. Raises `CannotOpen`."""
    # SECURITY: conditions on the row's own columns only. A join would make this an UPDATE over a subquery, which
    # PostgreSQL does not ask again after it waited for the other press: both would win.
    own = Opening.objects.filter(pk=opening_id, used_at=None, ended_at=None, expires_at__gt=at)
    if not own.update(used_at=at):
        raise CannotOpen("这张开通单已经用过，或者作废了")
    user = User.objects.select_for_update(no_key=True).get(openings=opening_id)
    if not user.is_active:
        raise CannotOpen("这个账号已停用")
    user.set_password(password)
    user.must_change_password = False
    user.password_changed_at = at
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    audit.record("account_opened", at=at, by_id=user.pk, target=user)
    return user


def office_of(user_id: int, on: date) -> tuple[str, str]:
    """Whom to ask about an account: the township's name and office phone; ("", "") when unknown."""
    posts = Post.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), user_id=user_id)
    post = posts.select_related("region").order_by("region__level").first()
    if post is None:
        return "", ""
    pk = post.region.township_id or post.region.county_id or post.region_id
    unit = Region.objects.get(pk=pk)
    return unit.name, unit.duty_phone


def asks(link: str, on: date) -> tuple[str, str]:
    """Whom the holder of a used or expired paper should ask."""
    row = Opening.objects.filter(link_hash=link_hash(link)).only("user_id").first()
    return office_of(row.user_id, on) if row else ("", "")
