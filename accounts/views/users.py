"""Accounts and posts: found by posting, never by address; an account is opened by a paper."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import account_list, authority, openings, services
from accounts.access import rule
from accounts.authority import MANAGERS
from accounts.forms.users import (
    AccountFilter,
    EmptyForm,
    EndForm,
    PersonFields,
    PostFields,
    SearchForm,
    UserForm,
)
from accounts.models import Post, User
from accounts.roles import ROLES, Role
from accounts.views import slips


def _data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _say(form: Any, error: services.CannotManage) -> None:
    field = {"region_id": "unit"}.get(error.field or "", error.field)
    form.add_error(field if field in form.fields else None, str(error))


@require_http_methods(["GET", "POST"])
@rule(MANAGERS, reads="accounts")
def users(request: HttpRequest) -> HttpResponse:
    """The accounts one looks after, newest first; a search is posted and answered at once."""
    duty, on = request.user.duty, request.today
    form = SearchForm(_data(request))
    units = account_list.unit_choices(duty, on)
    narrow = AccountFilter(request.GET, roles=authority.grantable(duty), units=units)
    chosen = narrow.chosen()
    before = chosen.pop("before", None)
    if request.method == "POST":
        rows = account_list.search(duty, form.cleaned_data["q"]) if form.is_valid() else User.objects.none()
    else:
        rows = account_list.of(duty, on, chosen)
    counts = account_list.counts(duty, on)
    found = account_list.page(rows, on, timezone.now(), before)
    more = len(found) > account_list.PAGE and not form.is_bound
    found = found[: account_list.PAGE]
    context = {
        "form": form,
        "narrow": narrow,
        "chosen": chosen,
        "summary": account_list.summary(duty, on, counts),
        "unopened": counts["unopened"],
        "searched": form.is_bound and form.is_valid(),
        "list": account_list.table(found, on),
        "filters": account_list.filters(chosen, counts),
        "pager": {
            "count": rows.count(),
            "unit": "个",
            "next": account_list.url({**chosen, "before": found[-1].pk}) if more else "",
        },
        "none": {
            "title": "没有找到账号",
            "say": "换个写法再找，换个条件看看，或者新开一个。",
            "icon": "people",
        },
    }
    return render(
        request, "accounts/users.html", context, status=422 if form.is_bound and form.errors else 200
    )


@require_safe
@rule(MANAGERS, reads="account")
def user(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: its posts, past ones too, and what may be done with it."""
    found = get_object_or_404(authority.users(request.user.duty), pk=pk)
    posts = found.posts.select_related("region").order_by("-starts_on", "-pk")
    context = {
        "found": found,
        "posts": [_post(request, post) for post in posts],
        "why_not": authority.why_not_keep(request.user.duty, found, request.today),
        "own": found.pk == request.user.pk,
        "unopened": openings.is_unopened(found),
        "paper": found.openings.alive(timezone.now()).first(),
    }
    return render(request, "accounts/user.html", context)


def _post(request: HttpRequest, post: Post) -> dict[str, Any]:
    over = post.ends_on is not None and post.ends_on < request.today
    mine = post.user_id != request.user.pk and authority.may_grant(request.user.duty, post.role, post.region)
    return {
        "post": post,
        "role": ROLES[Role(post.role)].label,
        "over": over,
        "to_come": post.starts_on > request.today,
        "end_url": "" if over or not mine else reverse("accounts:post_end", args=[post.user_id, post.pk]),
    }


def _post_options(request: HttpRequest) -> dict[str, Any]:
    duty = request.user.duty
    order = ("level", "position", "pk")
    return {
        "roles": authority.grantable(duty),
        "units": list(authority.units(duty, request.today).order_by(*order)),
        "initial": {"starts_on": request.today},
    }


@require_http_methods(["GET", "POST"])
@rule(MANAGERS, reads="accounts", writes="account")
def user_new(request: HttpRequest) -> HttpResponse:
    """A new account with its first post; a number that has an account gets the post there, if it is the same
    person."""
    form = UserForm(_data(request), **_post_options(request))
    there = None
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        there = User.objects.filter(phone=values["phone"]).first() if values["phone"] else None
        common = {"post": form.new_post(), "by": request.user, "at": timezone.now(), "on": request.today}
        try:
            if there is not None and values["same"]:
                services.add_post(user_id=there.pk, **common)
                messages.success(request, "任职加好了，还用原来的密码登录")
                return redirect("accounts:user", pk=there.pk)
            with transaction.atomic():
                made = services.create_user(
                    name=values["name"], phone=values["phone"], staff_no=values["staff_no"], **common
                )
                return slips.answer(request, made)
        except services.CannotManage as error:
            _say(form, error)
    context = {"form": form, "there": there}
    return render(request, "accounts/user_new.html", context, status=422 if form.is_bound else 200)


def _form_page(request: HttpRequest, found: User, form: Any, words: dict[str, str]) -> HttpResponse:
    context = {"found": found, "form": form, "words": words}
    return render(request, "accounts/user_change.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@rule(MANAGERS, reads="account", writes="account")
def user_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(authority.users(request.user.duty), pk=pk)
    initial = {"name": found.name, "phone": found.phone, "staff_no": found.staff_no}
    form = PersonFields(_data(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_user(
                user_id=pk, by=request.user, at=timezone.now(), on=request.today, **form.cleaned_data
            )
        except services.CannotManage as error:
            _say(form, error)
        else:
            messages.success(request, "改好了")
            return redirect("accounts:user", pk=pk)
    return _form_page(request, found, form, {"title": "改姓名、号码", "say": "", "yes": "改好了"})


@require_http_methods(["GET", "POST"])
@rule(MANAGERS, reads="account", writes="password")
def user_reset(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(authority.users(request.user.duty), pk=pk)
    form = EmptyForm(_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                changed = services.reset_password(
                    user_id=pk, by=request.user, at=timezone.now(), on=request.today
                )
                return slips.answer(request, changed)
        except services.CannotManage as error:
            _say(form, error)
    say = "原来的密码马上不能用，正在用的也会退出。按下后给出一张开通单，打印出来当面交给本人，扫码自己设新密码。"
    return _form_page(request, found, form, {"title": "重设密码", "say": say, "yes": "重设密码"})


@require_http_methods(["GET", "POST"])
@rule(MANAGERS, reads="account", writes="account")
def user_active(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(authority.users(request.user.duty), pk=pk)
    word = "停用账号" if found.is_active else "恢复账号"
    form = EmptyForm(_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.set_active(
                user_id=pk, active=not found.is_active, by=request.user, at=timezone.now(), on=request.today
            )
        except services.CannotManage as error:
            _say(form, error)
        else:
            messages.success(request, "停用了，本人马上退出" if found.is_active else "恢复了，可以登录")
            return redirect("accounts:user", pk=pk)
    say = (
        "停用后本人马上退出，也不能再登录；做过的记录都在。"
        if found.is_active
        else "恢复后用原来的密码登录。"
    )
    return _form_page(request, found, form, {"title": word, "say": say, "yes": word})


@require_http_methods(["GET", "POST"])
@rule(MANAGERS, reads="account", writes="post")
def post_new(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(authority.users(request.user.duty), pk=pk)
    form = PostFields(_data(request), **_post_options(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.add_post(
                user_id=pk, post=form.new_post(), by=request.user, at=timezone.now(), on=request.today
            )
        except services.CannotManage as error:
            _say(form, error)
        else:
            messages.success(request, "任职加好了")
            return redirect("accounts:user", pk=pk)
    return _form_page(request, found, form, {"title": "加任职", "say": "", "yes": "加上"})


@require_http_methods(["GET", "POST"])
@rule(MANAGERS, reads="account", writes="post")
def post_end(request: HttpRequest, pk: int, post: int) -> HttpResponse:
    found = get_object_or_404(authority.users(request.user.duty), pk=pk)
    row = get_object_or_404(found.posts.select_related("region"), pk=post)
    form = EndForm(_data(request), initial={"ends_on": request.today})
    if request.method == "POST" and form.is_valid():
        try:
            services.end_post(
                user_id=pk,
                post_id=post,
                by=request.user,
                at=timezone.now(),
                on=request.today,
                **form.cleaned_data,
            )
        except services.CannotManage as error:
            _say(form, error)
        else:
            messages.success(request, "任职结束日期记下了")
            return redirect("accounts:user", pk=pk)
    return _form_page(request, found, form, {"title": "结束任职", "say": _period(row), "yes": "结束任职"})


def _period(row: Post) -> str:
    start: date = row.starts_on
    return f"{account_list.words([row])}，{start:%Y年%-m月%-d日}起。"
