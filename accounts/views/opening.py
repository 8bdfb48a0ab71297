"""开通单 at the door: the QR code's page, the page for whoever types the code, and a password of one's own."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import audit, openings, sessions
from accounts.access import rule
from accounts.forms.signing_in import NewPasswordForm, OpeningCodeForm
from accounts.models import Opening
from accounts.roles import PUBLIC
from accounts.scoping import duty_of
from accounts.views.signing_in import locked_out

KEY = "opening"
MINUTES = 15
BACKEND = "accounts.backends.PhoneOrStaffNumber"


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@require_http_methods(["GET", "POST"])
@rule(PUBLIC, writes="password")
def by_link(request: HttpRequest, link: str) -> HttpResponse:
    """Where the QR code leads. Looking uses nothing up; only a chosen password does."""
    opening = openings.by_link(link, timezone.now())
    if opening is None:
        return _over(request, *openings.asks(link, request.today))
    return _choose(request, opening)


@require_http_methods(["GET", "POST"])
@rule(PUBLIC, writes="session")
def by_code(request: HttpRequest) -> HttpResponse:
    """For whoever can't scan: number and code."""
    form = OpeningCodeForm(request, _posted(request))
    if request.method == "POST" and form.is_valid():
        assert form.user is not None
        at = timezone.now()
        opening = openings.by_code(form.user, form.cleaned_data["code"], at)
        if opening is not None:
            logout(request)
            request.session[KEY] = {"id": opening.pk, "at": at.timestamp()}
            return redirect("accounts:open_new")
    if getattr(request, "axes_locked_out", False):
        return locked_out(request)
    return render(request, "accounts/opening_code.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@rule(PUBLIC, writes="password")
def new(request: HttpRequest) -> HttpResponse:
    """The same page after a right code; the session remembers it for a quarter of an hour."""
    kept, at = request.session.get(KEY), timezone.now()
    if kept is None or at.timestamp() - kept["at"] > MINUTES * 60:
        return redirect("accounts:open")
    opening = Opening.objects.alive(at).select_related("user").filter(pk=kept["id"]).first()
    if opening is None:
        return _over(request)
    return _choose(request, opening)


def _choose(request: HttpRequest, opening: Opening) -> HttpResponse:
    user = opening.user
    form = NewPasswordForm(user, _posted(request))
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            user = openings.use(opening_id=opening.pk, password=form.cleaned_data["new"], at=at)
        except openings.CannotOpen:
            return _over(request, *openings.office_of(opening.user_id, request.today))
        duty = duty_of(user, request.today)
        logout(request)  # whoever used this phone before has nothing to do with what comes
        if not duty.posts:
            messages.success(request, "密码设好了。您的任职还没开始，从开始那天起用它登录")
            return redirect("accounts:sign_in")
        login(request, user, backend=BACKEND)
        sessions.begin(request, duty)
        audit.record("signed_in", at=at, by_id=user.pk, target=user)
        messages.success(request, "开通好了，以后用手机号（工号）和这个密码登录。开通单可以撕掉了")
        return redirect("home")
    context = {"form": form, "name": user.name[:1], "number": masked(user.phone, user.staff_no)}
    return render(request, "accounts/opening.html", context, status=422 if form.is_bound else 200)


def masked(phone: str | None, staff_no: str | None) -> str:
    """138****0104, or the first and last of a staff number."""
    if phone:
        return f"手机号{phone[:3]}****{phone[-4:]}"
    return f"工号{(staff_no or '')[:1]}****{(staff_no or '')[-1:]}"


def _over(request: HttpRequest, unit: str = "", phone: str = "") -> HttpResponse:
    """One kind sentence for a paper that is unknown, used, out of time or replaced."""
    return render(request, "accounts/opening_over.html", {"unit": unit, "phone": phone}, status=410)
