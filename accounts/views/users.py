"""Accounts and posts: found by posting, never by address; a first password is shown once, on paper."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import authority, services
from accounts.access import rule
from accounts.authority import MANAGERS
from accounts.backends import normalise
from accounts.forms.users import EmptyForm, EndForm, PersonFields, PostFields, SearchForm, UserForm
from accounts.models import Post, User
from accounts.roles import ROLES, Role

PAGE = 50
SHOW = {"": "全部", "unopened": "没登录过", "closed": "已停用"}


def _data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _say(form: Any, error: services.CannotManage) -> None:
    field = {"region_id": "unit"}.get(error.field or "", error.field)
    form.add_error(field if field in form.fields else None, str(error))


@require_http_methods(["GET", "POST"])
@rule(MANAGERS, reads="accounts")
def users(request: HttpRequest) -> HttpResponse:
    """The accounts one looks after, newest first; a search is posted and answered at once."""
    form = SearchForm(_data(request))
    rows = authority.users(request.user.duty)
    show = request.GET.get("show", "")
    before = request.GET.get("before", "")
    if request.method == "POST":
        rows = _search(rows, form.cleaned_data["q"]) if form.is_valid() else rows.none()
    elif show == "unopened":
        rows = rows.filter(last_login=None, is_active=True)
    elif show == "closed":
        rows = rows.filter(is_active=False)
    count = rows.count()
    if before.isdecimal() and len(before) < 12:
        rows = rows.filter(pk__lt=int(before))
    live = Prefetch("posts", Post.objects.live(request.today).select_related("region"), to_attr="live_posts")
    found = list(rows.order_by("-pk").prefetch_related(live)[: PAGE + 1])
    keep = f"&show={show}" if show in SHOW and show else ""
    context = {
        "form": form,
        "searched": form.is_bound and form.is_valid(),
        "list": _table(found[:PAGE]),
        "filters": [
            {"word": word, "url": f"?show={key}" if key else request.path, "current": key == show}
            for key, word in SHOW.items()
        ],
        "pager": {
            "count": count,
            "unit": "个",
            "next": f"?before={found[PAGE - 1].pk}{keep}" if len(found) > PAGE and not form.is_bound else "",
        },
        "none": {"title": "没有找到账号", "say": "换个写法再找，或者新开一个。", "icon": "people"},
    }
    return render(
        request, "accounts/users.html", context, status=422 if form.is_bound and form.errors else 200
    )


def _search(rows: Any, text: str) -> Any:
    word = normalise(text)
    by_name = Q(name__contains="".join(text.split()))
    return rows.filter(by_name | Q(phone__contains=word) | Q(staff_no__contains=word))


def _words(posts: Iterable[Post]) -> str:
    return "；".join(f"{post.region.name} {post.title or ROLES[Role(post.role)].label}" for post in posts)


def _table(found: list[Any]) -> dict[str, Any]:
    rows = [
        {
            "cells": [
                {"text": user.name, "url": reverse("accounts:user", args=[user.pk])},
                {"text": user.phone or f"工号{user.staff_no}"},
                {"text": _words(user.live_posts) or "没有任职"},
                {"text": "在用", "state": "done"} if user.is_active else {"text": "已停用", "state": "none"},
                {"text": "登录过" if user.last_login else "没登录过"},
            ]
        }
        for user in found
    ]
    return {"caption": "账号", "columns": ["姓名", "手机号", "任职", "账号", "登录"], "rows": rows}


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


def _slip(request: HttpRequest, found: User, password: str, *, new: bool) -> HttpResponse:
    """The paper with the first password. Answered to the POST itself: it is kept nowhere to be shown again."""
    posts = Post.objects.live(request.today).filter(user=found).select_related("region")
    context = {
        "found": found,
        "password": password,
        "new": new,
        "posts": _words(posts),
        "address": settings.EXTERNAL_URL,
        "on": request.today,
    }
    return render(request, "accounts/slip.html", context)


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
            made, password = services.create_user(
                name=values["name"], phone=values["phone"], staff_no=values["staff_no"], **common
            )
        except services.CannotManage as error:
            _say(form, error)
        else:
            return _slip(request, made, password, new=True)
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
            changed, password = services.reset_password(
                user_id=pk, by=request.user, at=timezone.now(), on=request.today
            )
        except services.CannotManage as error:
            _say(form, error)
        else:
            return _slip(request, changed, password, new=False)
    say = "原来的密码马上不能用，正在用的也会退出。新密码只显示这一次，请当面交给本人。"
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
    return f"{_words([row])}，{start:%Y年%-m月%-d日}起。"
