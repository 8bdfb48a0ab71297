"""通知: what one is told; how one is told; a unit's addresses; what went out."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.roles import EVERYONE, Role
from visits.core import notice_rows, notice_services, telling
from visits.core.calendar import load as load_calendar
from visits.core.models import Delivery, Notice, NoticeWay
from visits.core.notice_forms import DeliveryFilter, InboxFilter, SeenForm, WayForm, WebhookForm
from visits.core.notice_services import KEEPS, CannotSet
from visits.core.sending import outbox, state

PAGE = 30


@require_safe
@rule(EVERYONE, reads="own notices")
def inbox(request: HttpRequest) -> HttpResponse:
    """Newest first; what was not seen, or everything."""
    chosen = InboxFilter(request.GET)
    chosen.is_valid()
    which = chosen.cleaned_data.get("which") or "new"
    kind = chosen.cleaned_data.get("kind") or ""
    mine = Notice.objects.to(request.user)
    rows = mine.unread() if which == "new" else mine
    if kind:
        rows = rows.filter(kind=kind)
    after = mine.filter(pk=chosen.cleaned_data.get("after")).first()
    if after is not None:
        older = Q(created_at=after.created_at, pk__lt=after.pk)
        rows = rows.filter(Q(created_at__lt=after.created_at) | older)
    found = list(rows.order_by("-created_at", "-pk")[: PAGE + 1])
    keep = {"which": which, "kind": kind}
    kinds = set(mine.order_by().values_list("kind", flat=True).distinct())
    unread = request.user.unread_notices  # type: ignore[union-attr]
    context = {
        "days": notice_rows.by_day(found[:PAGE], load_calendar(), request.today),
        "filters": notice_rows.filters(which, kind, unread, kinds),
        "empty": notice_rows.empty(which, unread),
        "seen": SeenForm(initial={"up_to": max(row.pk for row in found)}) if found and unread else None,
        "next": notice_rows.url(keep, after=found[PAGE - 1].pk) if len(found) > PAGE else "",
        "keeps": request.user.duty.has(KEEPS),
        "runs": request.user.duty.has({Role.SYSTEM_ADMIN}),
    }
    return render(request, "visits/core/notices.html", context)


@require_POST
@rule(EVERYONE, reads="own notices", writes="own notices")
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Seen, and on to its page; whether that may be seen is the page's affair."""
    found = telling.read(notice_id=pk, by=request.user, at=timezone.now())
    if found is None:
        raise Http404
    return redirect(found.url)


@require_POST
@rule(EVERYONE, reads="own notices", writes="own notices")
def notices_seen(request: HttpRequest) -> HttpResponse:
    """全部看过."""
    form = SeenForm(request.POST)
    if form.is_valid():
        n = telling.read_all(up_to=form.cleaned_data["up_to"], by=request.user, at=timezone.now())
        messages.success(request, f"{n}条记为看过了")
    else:
        messages.error(request, "没有记上，请刷新再按一次")
    return redirect("visits_core:notices")


@require_http_methods(["GET", "POST"])
@rule(EVERYONE, reads="own notices", writes="own notices")
def notice_way(request: HttpRequest) -> HttpResponse:
    """怎么通知我."""
    way = NoticeWay.objects.filter(user=request.user).first() or NoticeWay(user=request.user)  # type: ignore[misc]
    form = WayForm(request.POST or None, initial={"email": way.email, "wants": way.wants})
    if request.method == "POST" and form.is_valid():
        if not settings.MAIL_ON and form.cleaned_data["wants"] != NoticeWay.Wants.NOTHING:
            form.add_error("wants", "系统还没有接邮件，请先选“只在系统里看”")
        else:
            notice_services.set_way(by=request.user, at=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]
            messages.success(request, "记下了")
            return redirect("visits_core:notices")
    status = 422 if form.is_bound else 200
    return render(
        request, "visits/core/notice_way.html", {"form": form, "mail_on": settings.MAIL_ON}, status=status
    )


@require_safe
@rule(KEEPS, reads="addresses")
def webhooks(request: HttpRequest) -> HttpResponse:
    """群消息: the addresses of one's units, and whether the last message got there."""
    rows = list(notice_services.webhooks_of(request.user))
    last = notice_services.last_of([row.pk for row in rows])
    return render(
        request,
        "visits/core/webhooks.html",
        {"rows": [notice_rows.webhook(row, last.get(row.pk), request.today) for row in rows]},
    )


@require_http_methods(["GET", "POST"])
@rule(KEEPS, reads="addresses", writes="address")
def webhook_new(request: HttpRequest) -> HttpResponse:
    """One address more; a message is sent to try it."""
    units = [(unit.pk, unit.name) for unit in notice_services.units_of(request.user)]
    form = WebhookForm(request.POST or None, units=units, initial={"shape": "wecom"})
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = dict(form.cleaned_data)
        try:
            notice_services.add_webhook(
                region_id=values.pop("region"), by=request.user, at=timezone.now(), **values
            )  # type: ignore[arg-type]
        except CannotSet as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, "加好了，正在试发一条，过一会儿刷新看到了没有")
            return redirect("visits_core:webhooks")
    return render(
        request, "visits/core/webhook_new.html", {"form": form}, status=422 if form.is_bound else 200
    )


def _act(request: HttpRequest, pk: int, act: Any, words: str, **more: Any) -> HttpResponse:
    if not notice_services.webhooks_of(request.user).filter(pk=pk).exists():
        raise Http404
    act(webhook_id=pk, by=request.user, at=timezone.now(), **more)
    messages.success(request, words)
    return redirect("visits_core:webhooks")


@require_POST
@rule(KEEPS, reads="addresses", writes="address")
def webhook_test(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, notice_services.test_webhook, "正在试发一条，过一会儿刷新看到了没有")


@require_POST
@rule(KEEPS, reads="addresses", writes="address")
def webhook_on(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, notice_services.switch_webhook, "开始用了", on=True)


@require_POST
@rule(KEEPS, reads="addresses", writes="address")
def webhook_off(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, notice_services.switch_webhook, "停用了，不再往那里发", on=False)


@require_safe
@rule({Role.SYSTEM_ADMIN}, reads="deliveries")
def deliveries(request: HttpRequest) -> HttpResponse:
    """邮件和群消息: what waits, what did not go out and why."""
    chosen = DeliveryFilter(request.GET)
    chosen.is_valid()
    counts = state.counts()
    which = chosen.cleaned_data.get("state") or ("failed" if counts["failed"] else "waiting")
    rows = Delivery.objects.filter(state=which).select_related(
        "notice__user", "digest__user", "webhook__region"
    )
    if chosen.cleaned_data.get("after"):
        rows = rows.filter(pk__lt=chosen.cleaned_data["after"])
    found = list(rows.order_by("-pk")[: PAGE + 1])
    url = reverse("visits_core:deliveries")
    context = {
        "filters": [
            {
                "word": one.label,
                "url": f"{url}?state={one.value}",
                "count": counts[one.value],
                "current": one.value == which,
            }
            for one in Delivery.State
        ],
        "rows": [notice_rows.delivery(row, request.today) for row in found[:PAGE]],
        "failed": which == Delivery.State.FAILED,
        "empty": {"title": "这里没有", "say": "邮件和群消息只是提醒；通知在系统里都看得到。"},
        "next": f"{url}?state={which}&after={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "mail_on": settings.MAIL_ON,
    }
    return render(request, "visits/core/deliveries.html", context)


@require_POST
@rule({Role.SYSTEM_ADMIN}, reads="deliveries", writes="delivery")
def delivery_resend(request: HttpRequest, pk: int) -> HttpResponse:
    """重发."""
    if not Delivery.objects.filter(pk=pk).exists():
        raise Http404
    if outbox.resend(delivery_id=pk, by=request.user, at=timezone.now()):  # type: ignore[arg-type]
        messages.success(request, "重新排队了，一分钟内再发一次")
    else:
        messages.error(request, "这一条不用重发")
    return redirect("visits_core:deliveries")
