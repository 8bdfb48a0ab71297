"""办交接: one page for one account that leaves."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import account_list, authority
from accounts import handover as service
from accounts.access import rule
from accounts.authority import MANAGERS
from accounts.forms.handover import HandoverForm
from accounts.models import Post, User
from accounts.services import CannotManage


@require_http_methods(["GET", "POST"])
@rule(MANAGERS, reads="account", writes="handover")
def handover(request: HttpRequest, pk: int) -> HttpResponse:
    """What hangs on the person, to whom it goes, and zeros when it is done."""
    found = get_object_or_404(authority.users(request.user.duty), pk=pk)
    form = _form(request, found)
    if request.method == "POST" and form.is_valid():
        try:
            moved = service.hand_over(
                user_id=pk, plan=form.plan(), by=request.user, at=timezone.now(), on=request.today
            )
        except CannotManage as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _said(moved))
            return redirect("accounts:handover", pk=pk)
    context = {
        "found": found,
        "form": form,
        "rows": form.pile_rows(),
        "posts": [account_list.words([post]) for post in form.posts],
        "ends": sorted({post.ends_on for post in form.posts if post.ends_on}),
        "own": found.pk == request.user.pk,
        "movable": any(not pile.kind.stays for pile in form.piles),
    }
    return render(request, "accounts/handover.html", context, status=422 if form.is_bound else 200)


def _form(request: HttpRequest, found: User) -> Any:
    duty, on = request.user.duty, request.today
    posts = service.posts_of(found.pk, duty, on)
    piles = service.piles(found, duty, on)
    past = found.posts.select_related("region").order_by("-pk")[:5]
    people = service.colleagues(found, posts or list(past), on)
    ids = [user.pk for user in people]
    held: dict[int, list[Post]] = {}
    for post in Post.objects.live(on).filter(user_id__in=ids).select_related("region"):
        held.setdefault(post.user_id, []).append(post)
    form = HandoverForm(
        request.POST if request.method == "POST" else None,
        piles=piles,
        colleagues=people,
        words={pk: account_list.words(rows[:1]) for pk, rows in held.items()},
        near={pile.region.pk: service.within(ids, pile.region, on) for pile in piles},
        today=on,
    )
    form.posts = posts  # type: ignore[attr-defined]
    return form


def _said(moved: dict[str, int]) -> str:
    words = [
        f"{kind.title}{moved[kind.code]}{kind.unit}"
        for kind in service.kinds
        if moved.get(kind.code) and not kind.stays
    ]
    return f"交接办好了：{'，'.join(words)}。手上没有别的了" if words else "交接办好了，手上没有别的了"
