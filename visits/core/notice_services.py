"""How people and units want to be told: one's own mail, a unit's addresses."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Region, User
from accounts.models.region import Level
from accounts.roles import Role
from visits.core.models import Delivery, NoticeWay, Webhook
from visits.core.sending import hooks, outbox

# Whose addresses somebody looks after: a county officer those of the county and its townships, the administrator all.
KEEPS = frozenset({Role.COUNTY_OFFICER, Role.SYSTEM_ADMIN})
TEST_WORDS = "【巡访】这是一条试发的消息。收到就说明设好了。"


class CannotSet(Exception):
    """It can't be set so; the text says why and is shown at `field`."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


@transaction.atomic
def set_way(*, email: str, wants: str, by: User, at: datetime) -> NoticeWay:
    """Where and what one's own mail is. The log says that it changed, not the address."""
    way, _ = NoticeWay.objects.update_or_create(user=by, defaults={"email": email, "wants": wants})
    audit.record("notice_way_set", at=at, by_id=by.pk, target=way, wants=wants)
    return way


def units_of(user: Any) -> list[Region]:
    """The units whose addresses the user may set."""
    duty = user.duty
    live = Region.objects.live(duty.on).order_by("level", "position", "pk")
    if duty.has({Role.SYSTEM_ADMIN}):
        return list(live.filter(level__in=[Level.CITY, Level.COUNTY]))
    counties = duty.unit_ids(Role.COUNTY_OFFICER)
    return list(live.filter(level=Level.COUNTY, pk__in=counties)) + list(
        live.filter(level=Level.TOWNSHIP, county_id__in=counties)
    )


def webhooks_of(user: Any) -> Any:
    """The addresses the user looks after."""
    rows = Webhook.objects.select_related("region", "made_by").order_by(
        "region__level", "region__position", "pk"
    )
    if user.duty.has({Role.SYSTEM_ADMIN}):
        return rows
    counties = user.duty.unit_ids(Role.COUNTY_OFFICER)
    return rows.filter(region__county_id__in=counties)


@transaction.atomic
def add_webhook(
    *, region_id: int, name: str, shape: str, address: str, secret: str, by: User, at: datetime
) -> Webhook:
    """A new address. Raises `CannotSet`."""
    if region_id not in {unit.pk for unit in units_of(by)}:
        raise CannotSet("这个单位的地址不归您设", "region")
    if secret and shape != Webhook.Shape.DINGTALK:
        raise CannotSet("只有钉钉要签名密钥", "secret")
    try:
        with transaction.atomic():
            made = Webhook.objects.create(
                region_id=region_id,
                name=name,
                shape=shape,
                made_by=by,
                made_at=at,
                **hooks.seal(address, secret),
            )
    except IntegrityError:
        raise CannotSet("这个单位已经有一个叫这个名字的", "name") from None
    audit.record("webhook_added", at=at, by_id=by.pk, target=made, region=region_id, host=hooks.host_of(made))
    _test(made, by, at)
    return made


def _own(webhook_id: int, by: User) -> Webhook:
    row = webhooks_of(by).select_for_update(of=("self",), no_key=True).filter(pk=webhook_id).first()
    if row is None:
        raise CannotSet("没有找到这个地址，请刷新再看")
    return row  # type: ignore[no-any-return]


@transaction.atomic
def test_webhook(*, webhook_id: int, by: User, at: datetime) -> None:
    """Send a message without any count. Raises `CannotSet`."""
    _test(_own(webhook_id, by), by, at)


def _test(row: Webhook, by: User, at: datetime) -> None:
    outbox.put_hooks({row.pk: (f"test:{row.pk}:{uuid4().hex}", TEST_WORDS)}, at=at)
    audit.record("webhook_tested", at=at, by_id=by.pk, target=row, region=row.region_id)


@transaction.atomic
def switch_webhook(*, webhook_id: int, on: bool, by: User, at: datetime) -> Webhook:
    """Use it, or not. Raises `CannotSet`."""
    row = _own(webhook_id, by)
    if row.on != on:
        row.on = on
        row.save(update_fields=["on"])
        audit.record(
            "webhook_on" if on else "webhook_off", at=at, by_id=by.pk, target=row, region=row.region_id
        )
    return row


def last_of(webhook_ids: list[int]) -> dict[int, Delivery]:
    """The newest message to each address: whether it got there."""
    rows = (
        Delivery.objects.filter(webhook_id__in=webhook_ids)
        .order_by("webhook_id", "-pk")
        .distinct("webhook_id")
    )
    return {row.webhook_id: row for row in rows}  # type: ignore[misc]
