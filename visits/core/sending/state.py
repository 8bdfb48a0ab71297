"""How the outbox is: for the health page and the administrators' list."""

from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from visits.core.models import Delivery
from xunfang.kit.health import GOOD, LOOK, Finding

LATE = timedelta(minutes=15)
FAILED_FOR = timedelta(days=7)
State = Delivery.State


def health(now: datetime) -> Finding:
    """What waits too long, what did not go out in the last seven days."""
    waiting = Delivery.objects.filter(state=State.WAITING).aggregate(
        n=Count("pk"), tried=Count("pk", filter=~Q(attempts=0)), oldest=Min("next_at")
    )
    failed = Delivery.objects.filter(state=State.FAILED, created_at__gte=now - FAILED_FOR).count()
    say = f"{waiting['n']}条等着发，近7天{failed}条没发出去"
    if waiting["oldest"] is not None and now - waiting["oldest"] > LATE:
        todo = "到点了还没有发，多半是worker没开。通知在系统里都看得到。"
        return Finding("邮件和群消息", LOOK, say, todo)
    if failed or waiting["tried"]:
        return Finding("邮件和群消息", LOOK, say, "到“邮件和群消息”看是哪一条、为什么，改好了可以重发。")
    return Finding("邮件和群消息", GOOD, say)


def counts() -> dict[str, int]:
    """State → how many, for the filters."""
    found = dict(Delivery.objects.order_by().values_list("state").annotate(n=Count("pk")))
    return {state.value: found.get(state.value, 0) for state in State}
