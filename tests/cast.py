"""The fixed cast: one person for each role in one village, and a neighbour who must never see anything.

永泰县 嵩口镇 月洲村 is ours; 鼓楼区 is the neighbour. Names and numbers are invented.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from accounts import scoping
from accounts.models import Post, Region, User
from accounts.roles import Role
from accounts.scoping import Duty, duty_of
from visits.core.idnumber import check_char
from visits.roster.models import CareGroup, Membership, Person
from xunfang.kit.crypto import blind_index

PASSWORD = "Yuezhou-Bridge-1958"
LONG_AGO = date(2020, 1, 1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
_serial = count(1)


@dataclass
class Cast:
    """Units and users by role value; `on` is the day their duty was read for."""

    on: date
    city: Region
    county: Region
    township: Region
    village: Region
    other_village: Region
    other_township: Region
    other_county: Region
    other_county_village: Region
    users: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            return self.__dict__["users"][name]
        except KeyError:
            raise AttributeError(name) from None

    def refresh(self, on: date | None = None) -> None:
        for user in self.users.values():
            duty_of(user, on or self.on)


def make_cast(on: date = date(2026, 11, 24)) -> Cast:
    """Everybody, with live posts on that day."""
    township = Region.objects.get(level=3, name="嵩口镇")
    county = Region.objects.get(pk=township.county_id)
    villages = list(Region.objects.filter(level=4, parent=township).order_by("position"))
    village = next(v for v in villages if v.name == "月洲村")
    other_county = Region.objects.get(key="350102")
    cast = Cast(
        on=on,
        city=Region.objects.get(level=1),
        county=county,
        township=township,
        village=village,
        other_village=next(v for v in villages if v.pk != village.pk),
        other_township=Region.objects.filter(level=3, county_id=county.pk).exclude(pk=township.pk).first(),
        other_county=other_county,
        other_county_village=Region.objects.filter(level=4, county_id=other_county.pk).first(),
    )
    unit_of = {1: cast.city, 2: county, 3: township, 4: village}
    levels = {
        Role.VISITOR: 4, Role.VILLAGE_HEAD: 4, Role.LIAISON: 4, Role.TOWNSHIP_CLERK: 3,
        Role.TOWNSHIP_HEAD: 3, Role.COUNTY_OFFICER: 2, Role.COUNTY_HEAD: 2, Role.CITY_SUPERVISOR: 1,
        Role.CITY_BUSINESS: 1, Role.INSPECTOR: 3, Role.SYSTEM_ADMIN: 1, Role.AUDITOR: 1,
    }  # fmt: skip
    units = {role.value: unit_of[level] for role, level in levels.items()} | {"neighbour": other_county}
    found = [
        User(name=role.name[:8], phone=f"138000001{number:02d}", password=_hashed())
        for number, role in enumerate(levels, start=1)
    ]
    found += [
        User(name="邻县经办", phone="13800000201", password=_hashed()),
        User(name="没有任职", phone="13800000202", password=_hashed()),
    ]
    cast.users.update(zip([*units, "nobody"], User.objects.bulk_create(found), strict=True))
    letter = {"document_no": "榕民检〔2026〕3号", "ends_on": date(2099, 12, 31)}
    posts = Post.objects.bulk_create(
        Post(
            user=cast.users[name], region=unit, starts_on=LONG_AGO,
            role=Role.COUNTY_OFFICER if name == "neighbour" else name,
            **(letter if name == Role.INSPECTOR.value else {}),
        )
        for name, unit in units.items()
    )  # fmt: skip
    if on < LONG_AGO:
        cast.refresh()
        return cast
    # What `refresh` would read, without a query for each: most tests make a cast.
    held = {post.user_id: (scoping._held(post, post.region),) for post in posts}
    for user in cast.users.values():
        user.duty = Duty(on=on, user_id=user.pk, posts=held.get(user.pk, ()))  # type: ignore[attr-defined]
        for name in scoping.riders:
            setattr(user, name, 0)
    return cast


@cache
def _hashed() -> str:
    return make_password(PASSWORD)


def make_user(name: str, phone: str, role: Role, region: Region, **post: Any) -> User:
    user = User.objects.create_user(name=name, phone=phone, password=PASSWORD)
    Post.objects.create(
        user=user, region=region, role=role, starts_on=post.pop("starts_on", date(2020, 1, 1)), **post
    )
    return user


def id_number(birth: date, sex: str = "F", county: str = "350125") -> str:
    """A made-up number that passes the check: an odd or even serial by sex."""
    serial = next(_serial) % 440 * 2 + 100 + (1 if sex == "M" else 0)
    stem = f"{county}{birth:%Y%m%d}{serial:03d}"
    return stem + check_char(stem)


def make_person(
    cast: Cast,
    *,
    name: str = "林依妹",
    birth: date = date(1943, 5, 6),
    sex: str = "F",
    groups: tuple[str, ...] = ("dibao",),
    village: Region | None = None,
    assignee: User | None = None,
    starts_on: date = date(2020, 1, 1),
    **values: Any,
) -> Person:
    """A person on the roster with open memberships, made without the services (for tests of other things)."""
    village = village or cast.village
    number = id_number(birth, sex)
    serial = next(_serial)
    # Put on file on the cast's day: who is on file later is owed nothing of a period that was over by then.
    values.setdefault("created_at", datetime(cast.on.year, cast.on.month, cast.on.day, tzinfo=SHANGHAI))
    person = Person.objects.create(
        file_no=f"T-{serial:06d}",
        name=name,
        sex=sex,
        birth_date=birth,
        id_number=number,
        id_index=blind_index(number, "person.id_number"),
        id_tail=number[-4:],
        tail_index=blind_index(number[-4:], "person.id_tail"),
        county_id=village.county_id,
        township_id=village.township_id,
        village_id=village.pk,
        assignee=assignee if assignee is not None else cast.visitor,
        **values,
    )
    for code in groups:
        Membership.objects.create(person=person, group=CareGroup.objects.get(pk=code), starts_on=starts_on)
    return person


def signed_in(user: User, client: Any = None) -> Any:
    """A test client with a session of this user that has just begun, the password given once more."""
    from django.test import Client
    from django.utils import timezone

    from accounts import sessions

    client = client or Client()
    client.force_login(user, backend="accounts.backends.PhoneOrStaffNumber")
    session = client.session
    now = timezone.now().timestamp()
    session[sessions.STARTED] = session[sessions.SEEN] = session[sessions.SURE] = now
    session[sessions.SIGNING] = True
    session.save()
    return client
