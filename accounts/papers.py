"""开通单 as they are printed: eight to a page, each with its own link and code."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts import authority, openings
from accounts.models import Post, Region, User
from accounts.models.region import Level
from accounts.openings import Paper
from accounts.roles import ROLES, Role
from xunfang.kit import files, jobs, pdf, qr
from xunfang.kit.models import Job, StoredFile

ON_A_PAGE = 8
POST_WORDS = 26  # two lines beside the code
BUNDLE = 400  # fifty pages
KEEP_DAYS = 1  # whoever holds the file can open every account in it


def context(papers: Sequence[Paper], on: date) -> dict[str, Any]:
    """What pdf/openings.html needs."""
    posts = _posts([paper.user.pk for paper in papers], on)
    units = _units(post for held in posts.values() for post in held)
    slips = [_slip(paper, posts.get(paper.user.pk, []), units) for paper in papers]
    return {
        "pages": [slips[start : start + ON_A_PAGE] for start in range(0, len(slips), ON_A_PAGE)],
        "address": settings.EXTERNAL_URL,
        "code_address": f"{settings.EXTERNAL_URL}{reverse('accounts:open')}",
    }


def _posts(user_ids: list[int], on: date) -> dict[int, list[Post]]:
    found: dict[int, list[Post]] = {}
    rows = Post.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), user_id__in=user_ids)
    for post in rows.select_related("region").order_by("region__level", "region__position", "pk"):
        found.setdefault(post.user_id, []).append(post)
    return found


def _units(posts: Iterable[Post]) -> dict[int, Region]:
    ids = {pk for post in posts for pk in (post.region.township_id, post.region.county_id) if pk}
    return Region.objects.in_bulk(ids)


def _slip(paper: Paper, posts: list[Post], units: dict[int, Region]) -> dict[str, Any]:
    user = paper.user
    region = posts[0].region if posts else None
    office = units.get((region.township_id or region.county_id or 0) if region else 0)
    until = timezone.localtime(paper.expires_at)
    url = f"{settings.EXTERNAL_URL}{reverse('accounts:open_link', args=[paper.link])}"
    return {
        "name": user.name,
        "number": f"手机号 {_spaced(user.phone)}" if user.phone else f"工号 {user.staff_no}",
        "unit": _place(region, units) if region else "",
        "post": _cut("；".join(post_words(post, posts) for post in posts)) or "还没有任职",
        "qr": qr.svg(url, "二维码，扫码开通账号"),
        "code": paper.code_words,
        "until": f"{until.month}月{until.day}日",
        "ask": f"{office.name}民政办 {office.duty_phone}".strip() if office else "镇（街道）民政办",
    }


def _cut(words: str) -> str:
    return words if len(words) <= POST_WORDS else f"{words[: POST_WORDS - 1]}…"


def _place(region: Region, units: dict[int, Region]) -> str:
    above = units.get(region.township_id or 0)
    return f"{above.name}{region.name}" if above and above.pk != region.pk else region.name


def post_words(post: Post, posts: Sequence[Post]) -> str:
    """月洲村 包村干部: with the unit when there is more than one."""
    words = post.title or ROLES[Role(post.role)].label
    return f"{post.region.name}{words}" if len(posts) > 1 else words


def _spaced(phone: str) -> str:
    return f"{phone[:3]} {phone[3:7]} {phone[7:]}"


def as_pdf(papers: Sequence[Paper], on: date) -> bytes:
    return pdf.render(render_to_string("pdf/openings.html", context(papers, on)))


def file_name(unit: str, count: int, at: datetime) -> str:
    return f"开通单-{unit}-{count}张-{timezone.localtime(at):%m%d}.pdf"


# ── many at once ─────────────────────────────────────────────────────────────────────────────────


def printable(users: QuerySet[User], by: User, on: date) -> list[int]:
    """Ids of those for whom `by` may print, in the order in which they are handed out: by unit, then name."""
    found = list(users)
    posts = authority.unended_of([user.pk for user in found], on)
    own = [
        user
        for user in found
        if posts.get(user.pk) and not authority.why_not_keep(by.duty, user, on, posts.get(user.pk, []))  # type: ignore[attr-defined]
    ]

    def place(user: User) -> tuple[int, ...]:
        region = posts[user.pk][0].region if posts.get(user.pk) else None
        return (region.county_id or 0, region.township_id or 0, region.position, user.pk) if region else (0,)

    return [user.pk for user in sorted(own, key=place)]


def order(*, user_ids: Sequence[int], by: User) -> Job:
    """Have them printed in the background: a page takes up to half a second. The job holds ids only."""
    return jobs.enqueue(
        "accounts.openings", {"users": list(user_ids)}, title=f"打印开通单{len(user_ids)}张", owner_id=by.pk
    )


def print_many(
    *, user_ids: Sequence[int], by: User, at: datetime, on: date, progress: jobs.Progress
) -> StoredFile:
    """Papers for all, one PDF for each township, together in one archive when there are several. Run again it
    prints anew, and what came before opens nothing. Raises `CannotManage`, `PdfUnavailable`."""
    done, made = 0, []
    for unit, ids in _bundles(user_ids, on):
        progress(done, len(user_ids), f"正在印{unit}的")
        papers = openings.make(user_ids=ids, by=by, at=at, on=on)
        made.append((file_name(unit, len(ids), at), as_pdf(papers, on)))
        done += len(ids)
    progress(done, len(user_ids), f"印好了{done}张。文件只留1天，印完请删掉下载的")
    name, content, kind = _bound(made, at)
    return files.store(
        content,
        name=name,
        content_type=kind,
        kind="openings",
        owner_id=by.pk,
        encrypted=True,
        private=True,
        keep_days=KEEP_DAYS,
        at=at,
    )


def _bundles(user_ids: Sequence[int], on: date) -> list[tuple[str, list[int]]]:
    """(Name of a unit, ids): by township, in pieces that a printer and our memory can bear."""
    posts = authority.unended_of(user_ids, on)
    groups: dict[int, list[int]] = {}
    for pk in user_ids:
        region = posts[pk][0].region if posts.get(pk) else None
        unit = (region.township_id or region.county_id or region.pk) if region else 0
        groups.setdefault(unit, []).append(pk)
    names = {region.pk: region.name for region in Region.objects.filter(pk__in=groups)}
    above = dict(Region.objects.filter(pk__in=groups, level=Level.TOWNSHIP).values_list("pk", "parent__name"))
    found = []
    for unit, ids in groups.items():
        name = (
            f"{above.get(unit, '')}{names.get(unit, '没有任职')}" if len(groups) > 1 else names.get(unit, "")
        )
        pieces = [ids[start : start + BUNDLE] for start in range(0, len(ids), BUNDLE)]
        for number, piece in enumerate(pieces, start=1):
            found.append((name if len(pieces) == 1 else f"{name}第{number}部分", piece))
    return found


def _bound(made: Sequence[tuple[str, bytes]], at: datetime) -> tuple[str, bytes, str]:
    if len(made) == 1:
        return *made[0], "application/pdf"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in made:
            archive.writestr(name, content)
    return f"开通单-{timezone.localtime(at):%m%d}.zip", out.getvalue(), "application/zip"
