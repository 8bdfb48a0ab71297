"""Coming in, going out, and showing again who is there."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, devices, kept, services, sessions
from accounts.access import rule
from accounts.forms.signing_in import ForgetForm, PasswordForm, SignInForm, SureForm, number_words
from accounts.models import User
from accounts.roles import EVERYONE, PUBLIC
from accounts.scoping import duty_of
from accounts.views.errors import locked_out


def next_url(request: HttpRequest) -> str:
    """Where to go on, if it is a page of ours; else the first page."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # A bare word would be taken for the name of a view.
    return target if ours and target.startswith("/") else reverse("home")


def _posted(request: HttpRequest) -> Any:
    """The data of a form: also an empty POST is an answer, and a wrong one."""
    return request.POST if request.method == "POST" else None


def _first_page(request: HttpRequest, user: User) -> str:
    """What waits to be sent again opens first, and leads on to where one was going."""
    to = next_url(request)
    if kept.waiting(user, timezone.now()).exists():
        return f"{reverse('accounts:kept')}?{urlencode({'next': to})}"
    return to


@require_http_methods(["GET", "POST"])
@rule(PUBLIC, writes="session")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "GET" and request.user.is_authenticated:
        return redirect(next_url(request))
    known = devices.known(request)
    other = request.GET.get("who") == "other" and len(known) > 1
    initial = {"known": ("1" if other else "0") if known else ""}
    form = SignInForm(request, _posted(request), known=known, initial=initial)
    if request.method == "POST" and form.is_valid():
        assert form.user is not None
        duty = duty_of(form.user, request.today)
        if duty.posts:
            login(request, form.user)
            sessions.begin(request, duty)
            audit.record("signed_in", at=timezone.now(), by_id=form.user.pk, target=form.user)
            response = redirect(_first_page(request, form.user))
            devices.remember(request, response, form.user, asked=form.cleaned_data["remember"])
            return response
        # Said only to whoever knows the password.
        form.add_error(None, "您的账号现在没有任职，还不能用。请找镇（街道）民政办或系统管理员")
    if getattr(request, "axes_locked_out", False):
        return locked_out(request)
    return render(
        request,
        "accounts/sign_in.html",
        {
            "form": form,
            "known": [{"n": n, "words": number_words(user)} for n, user in enumerate(known)],
            "next": request.GET.get("next") or request.POST.get("next") or "",
            "kept": request.GET.get("kept") == "1",
        },
        status=422 if form.is_bound else 200,
    )


def _out(request: HttpRequest, to: str) -> HttpResponse:
    """End the session; nothing of it stays in the browser."""
    logout(request)
    response = redirect(to)
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_POST
@rule(PUBLIC, writes="session")
def sign_out(request: HttpRequest) -> HttpResponse:
    return _out(request, reverse("accounts:sign_in"))


@require_POST
@rule(PUBLIC, writes="session")
def switch(request: HttpRequest) -> HttpResponse:
    """换个人: out, and the door with the other one's number chosen, if this phone knows it."""
    return _out(request, f"{reverse('accounts:sign_in')}?who=other")


@require_POST
@rule(PUBLIC, writes="device")
def forget(request: HttpRequest) -> HttpResponse:
    """Take one of the remembered numbers away from this device. The form's number is its place in the list."""
    response = redirect("accounts:sign_in")
    known = devices.known(request)
    form = ForgetForm(request.POST, count=len(known))
    if form.is_valid():
        devices.forget(request, response, known[form.cleaned_data["n"]].pk)
    return response


@require_http_methods(["GET", "POST"])
@rule(EVERYONE, writes="password")
def password(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request.user, _posted(request))
    if request.method == "POST" and form.is_valid():
        user = services.change_password(by=request.user, new=form.cleaned_data["new"], at=timezone.now())
        update_session_auth_hash(request, user)
        sessions.be_sure(request)
        messages.success(request, "新密码已经生效，其他设备上要重新登录")
        return redirect("accounts:kept" if kept.waiting(user, timezone.now()).exists() else "home")
    return render(
        request,
        "accounts/password.html",
        {"form": form, "first": request.user.must_change_password},
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "POST"])
@rule(EVERYONE, writes="session")
def sure(request: HttpRequest) -> HttpResponse:
    form = SureForm(request.user, _posted(request))
    if request.method == "POST" and form.is_valid():
        sessions.be_sure(request)
        return redirect(_first_page(request, request.user))
    return render(
        request,
        "accounts/sure.html",
        {"form": form, "next": next_url(request)},
        status=422 if form.is_bound else 200,
    )


@require_safe
@rule(PUBLIC)
def health(request: HttpRequest) -> HttpResponse:
    """For the launcher and a load balancer: the application and its database answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})
