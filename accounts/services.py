"""What happens to an account: made, given a post, given a new password, closed. Nobody changes their own."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from accounts import audit, authority
from accounts.models import Post, Region, User
from accounts.models.region import Level
from accounts.roles import ROLES, Role

# No letters or digits that are taken for each other on paper.
LOWER, UPPER, DIGITS = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"


class CannotManage(Exception):
    """The account can't be changed like this; the text says why and is shown. `field` is where."""

    def __init__(self, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class NewPost:
    """A post to be made: `starts_on` and `ends_on` both inclusive."""

    role: str
    region_id: int
    title: str
    starts_on: date
    ends_on: date | None = None


def first_password() -> str:
    """A password for one use, on paper: three groups that can be read aloud, fit for the rules."""
    group = [secrets.choice(UPPER), *(secrets.choice(LOWER) for _ in range(3))]
    digits = "".join(secrets.choice(DIGITS) for _ in range(5))
    return f"{''.join(group)}-{digits}-{''.join(secrets.choice(LOWER) for _ in range(4))}"


@transaction.atomic
def change_password(*, by: User, new: str, at: datetime) -> User:
    """One's own password; the form has checked the old one. Other sessions end, because their hash is over."""
    user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    user.set_password(new)
    user.must_change_password = False
    user.password_changed_at = at
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    audit.record("password_changed", at=at, by_id=user.pk, target=user)
    return user


@transaction.atomic
def create_user(
    *, name: str, phone: str | None, staff_no: str | None, post: NewPost, by: User, at: datetime, on: date
) -> tuple[User, str]:
    """A new account with its first post; gives the first password, which is kept nowhere."""
    _free(phone, staff_no, None)
    password = first_password()
    user = User.objects.create_user(
        name=name, phone=phone, staff_no=staff_no, password=password, must_change_password=True
    )
    audit.record("user_created", at=at, by_id=by.pk, role=_as(by), target=user)
    _add(user, post, by=by, at=at, on=on)
    return user, password


def _free(phone: str | None, staff_no: str | None, besides: int | None) -> None:
    """Refuse a number that is taken; two who ask for the same one at once wait for each other."""
    with connection.cursor() as cursor:
        for number in sorted(filter(None, (phone, staff_no))):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"account:{number}"])
    others = User.objects.exclude(pk=besides)
    if phone and others.filter(phone=phone).exists():
        raise CannotManage("这个手机号已经有账号", "phone")
    if staff_no and others.filter(staff_no=staff_no).exists():
        raise CannotManage("这个工号已经有账号", "staff_no")


def _as(by: User) -> str:
    """The role in which somebody manages accounts, for the log."""
    return next((role.value for role in authority.GRANTS if role in by.duty.roles), "")  # type: ignore[attr-defined]


def _locked(user_id: int, by: User) -> User:
    """The account, locked and in scope."""
    user = authority.users(by.duty).select_for_update(of=("self",), no_key=True).filter(pk=user_id).first()  # type: ignore[attr-defined]
    if user is None:
        raise CannotManage("没有这个账号，可能刚被别人改过，请回到名单再找")
    return user


def _kept(user_id: int, by: User, on: date) -> User:
    user = _locked(user_id, by)
    if why := authority.why_not_keep(by.duty, user, on):  # type: ignore[attr-defined]
        raise CannotManage(why)
    return user


@transaction.atomic
def edit_user(
    *, user_id: int, name: str, phone: str | None, staff_no: str | None, by: User, at: datetime, on: date
) -> User:
    """Name, phone, staff number; the log says which changed, never from what to what."""
    user = _kept(user_id, by, on)
    _free(phone, staff_no, user.pk)
    values = {"name": name, "phone": phone, "staff_no": staff_no}
    changed = [field for field, value in values.items() if getattr(user, field) != value]
    for field in changed:
        setattr(user, field, values[field])
    if changed:
        user.save(update_fields=changed)
        audit.record("user_edited", at=at, by_id=by.pk, role=_as(by), target=user, fields=changed)
    return user


@transaction.atomic
def reset_password(*, user_id: int, by: User, at: datetime, on: date) -> tuple[User, str]:
    """Another first password; every session of the account is over."""
    user = _kept(user_id, by, on)
    password = first_password()
    user.set_password(password)
    user.must_change_password = True
    user.password_changed_at = at
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    audit.record("password_reset", at=at, by_id=by.pk, role=_as(by), target=user)
    return user, password


@transaction.atomic
def set_active(*, user_id: int, active: bool, by: User, at: datetime, on: date) -> User:
    """Close an account, or open it again. Its posts stay as they are."""
    user = _kept(user_id, by, on)
    user.is_active = active
    user.save(update_fields=["is_active"])
    audit.record("user_opened" if active else "user_closed", at=at, by_id=by.pk, role=_as(by), target=user)
    return user


@transaction.atomic
def add_post(*, user_id: int, post: NewPost, by: User, at: datetime, on: date) -> Post:
    """A further post. The account may be anybody's: who moves here brings theirs along."""
    user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user_id)
    return _add(user, post, by=by, at=at, on=on)


def _add(user: User, post: NewPost, *, by: User, at: datetime, on: date) -> Post:
    if user.pk == by.pk:
        raise CannotManage("不能给自己加任职，请别人来加")
    region = Region.objects.live(on).filter(pk=post.region_id).first()
    if region is None or not authority.may_grant(by.duty, post.role, region):  # type: ignore[attr-defined]
        raise CannotManage("这个单位、这个角色不归您管", "region_id")
    level = ROLES[Role(post.role)].level
    if level and region.level != level:
        raise CannotManage(f"{ROLES[Role(post.role)].label}要任在{Level(level).label}一级", "region_id")
    if post.ends_on is not None and post.ends_on < post.starts_on:
        raise CannotManage("结束日期早于开始日期，请核对", "ends_on")
    running = authority.unended(user.pk, on)
    if running.filter(region=region, role=post.role).exists():
        raise CannotManage("这个人已经在这里任这个职务了", "region_id")
    held = set(running.values_list("role", flat=True))
    if post.role in authority.APART and held & (authority.APART - {post.role}):
        raise CannotManage("系统管理员、市级业务管理员、安全审计员不能是同一个人", "role")
    made = Post.objects.create(
        user=user,
        region=region,
        role=post.role,
        title=post.title,
        starts_on=post.starts_on,
        ends_on=post.ends_on,
        created_by=by,
    )
    audit.record("post_made", at=at, by_id=by.pk, role=_as(by), target=made, user=user.pk, held=made.role)
    return made


@transaction.atomic
def end_post(*, user_id: int, post_id: int, ends_on: date, by: User, at: datetime, on: date) -> Post:
    """The post's last day (inclusive); on the next request after it the holder is outside."""
    post = (
        Post.objects.select_for_update(of=("self",), no_key=True)
        .select_related("region")
        .filter(pk=post_id, user_id=user_id)
        .first()
    )
    if post is None or not authority.may_grant(by.duty, post.role, post.region):  # type: ignore[attr-defined]
        raise CannotManage("这个任职不归您管")
    if post.user_id == by.pk:
        raise CannotManage("自己的任职要请别人来改")
    if post.ends_on is not None and post.ends_on < on:
        raise CannotManage("这个任职已经结束了")
    if ends_on < post.starts_on:
        raise CannotManage("结束日期早于开始日期，请核对", "ends_on")
    post.ends_on = ends_on
    post.save(update_fields=["ends_on"])
    audit.record("post_ended", at=at, by_id=by.pk, role=_as(by), target=post, user=user_id, held=post.role)
    return post
