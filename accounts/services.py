"""What happens to an account: made, given a post, given a new password, closed. Nobody changes their own."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from accounts import audit, authority
from accounts.models import Opening, Post, Region, User
from accounts.models.region import Level
from accounts.roles import ROLES, Role


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
    document_no: str = ""


@transaction.atomic
def change_password(*, by: User, new: str, at: datetime) -> User:
    """One's own password; the form has checked the old one. Other sessions end, because their hash is over."""
    user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    user.set_password(new)
    user.must_change_password = False
    user.password_changed_at = at
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    _end_papers(user, at)
    audit.record("password_changed", at=at, by_id=user.pk, target=user)
    return user


@transaction.atomic
def create_user(
    *, name: str, phone: str | None, staff_no: str | None, post: NewPost, by: User, at: datetime, on: date
) -> User:
    """A new account with its first post. It has no password: a paper opens it (`openings.make`)."""
    _free(phone, staff_no, None)
    user = User.objects.create_user(name=name, phone=phone, staff_no=staff_no)
    audit.record("user_created", at=at, by_id=by.pk, role=acting_as(by), target=user)
    _add(user, post, by=by, at=at, on=on)
    return user


def _end_papers(user: User, at: datetime) -> None:
    """The account changed: what was printed for it opens nothing any more."""
    Opening.objects.filter(user=user, used_at=None, ended_at=None).update(ended_at=at)


def _free(phone: str | None, staff_no: str | None, besides: int | None) -> None:
    """Refuse a number that is taken; two who ask for the same one at once wait for each other."""
    with connection.cursor() as cursor:
        # A list of thousands holds this one alone (`lists.services`), single forms hold it together.
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext('accounts'))")
        for number in sorted(filter(None, (phone, staff_no))):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"account:{number}"])
    others = User.objects.exclude(pk=besides)
    if phone and others.filter(phone=phone).exists():
        raise CannotManage("这个手机号已经有账号", "phone")
    if staff_no and others.filter(staff_no=staff_no).exists():
        raise CannotManage("这个工号已经有账号", "staff_no")


def acting_as(by: User) -> str:
    """The role in which somebody manages accounts, for the log."""
    return next((role.value for role in authority.GRANTS if role in by.duty.roles), "")  # type: ignore[attr-defined]


def locked(user_id: int, by: User) -> User:
    """The account, locked and in scope."""
    user = authority.users(by.duty).select_for_update(of=("self",), no_key=True).filter(pk=user_id).first()  # type: ignore[attr-defined]
    if user is None:
        raise CannotManage("没有这个账号，可能刚被别人改过，请回到名单再找")
    return user


def _kept(user_id: int, by: User, on: date) -> User:
    user = locked(user_id, by)
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
        _end_papers(user, at)
        audit.record("user_edited", at=at, by_id=by.pk, role=acting_as(by), target=user, fields=changed)
    return user


@transaction.atomic
def reset_password(*, user_id: int, by: User, at: datetime, on: date) -> User:
    """The old password is over, and with it every session; a paper opens the account again."""
    user = _kept(user_id, by, on)
    user.set_unusable_password()
    user.must_change_password = False
    user.password_changed_at = at
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    _end_papers(user, at)
    audit.record("password_reset", at=at, by_id=by.pk, role=acting_as(by), target=user)
    return user


@transaction.atomic
def set_active(*, user_id: int, active: bool, by: User, at: datetime, on: date) -> User:
    """Close an account, or open it again. Its posts stay as they are."""
    user = _kept(user_id, by, on)
    user.is_active = active
    user.save(update_fields=["is_active"])
    _end_papers(user, at)
    audit.record(
        "user_opened" if active else "user_closed", at=at, by_id=by.pk, role=acting_as(by), target=user
    )
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
    if post.role == Role.INSPECTOR and not post.document_no:
        raise CannotManage("外部检查人员要填文号：按哪份通知来查", "document_no")
    if post.role == Role.INSPECTOR and post.ends_on is None:
        raise CannotManage("外部检查人员要填到哪天为止", "ends_on")
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
        document_no=post.document_no if post.role == Role.INSPECTOR else "",
        created_by=by,
    )
    audit.record(
        "post_made", at=at, by_id=by.pk, role=acting_as(by), target=made, user=user.pk, held=made.role
    )
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
    audit.record(
        "post_ended", at=at, by_id=by.pk, role=acting_as(by), target=post, user=user_id, held=post.role
    )
    return post
