"""What the system did for somebody in the background, and the one door to files."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.access import rule
from accounts.roles import EVERYONE
from accounts.scoping import where
from xunfang.kit import files
from xunfang.kit.crypto import CannotDecrypt
from xunfang.kit.models import Job, StoredFile

# What a browser may be told a file is; everything else is just bytes to keep.
KNOWN_TYPES = {
    "application/pdf",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/zip",
}


@require_http_methods(["GET"])
@rule(EVERYONE, reads="job")
def job(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One's own work and how far it is: asked again every three seconds, with or without JavaScript."""
    found = get_object_or_404(Job, uuid=uuid, owner=request.user)
    context = {"job": _card(found), "unfinished": found.state in (Job.State.NEW, Job.State.RUNNING)}
    if request.headers.get("HX-Request") and context["unfinished"]:
        return render(request, "components/_job.html", context)
    response = render(request, "accounts/job.html", context)
    if request.headers.get("HX-Request"):
        response["HX-Refresh"] = "true"
    return response


def _card(found: Job) -> dict[str, Any]:
    """The job as `_job.html` wants it."""
    here = reverse("accounts:job", args=[found.uuid])
    title = found.title or "后台办理"
    if found.state == Job.State.DONE:
        card = {"state": "done", "say": found.message or "办完了。"}
        if found.result_url:
            card |= {"result_url": found.result_url, "result": "看结果"}
        return {"title": title, "done": found.done, "total": found.total, **card}
    if found.state == Job.State.FAILED:
        say = found.message or "没有办成，请再试一次；还不行，请联系系统管理员"
        return {"title": title, "state": "failed", "done": found.done, "total": found.total, "say": say}
    say = "排队中，轮到就办。" if found.state == Job.State.NEW else (found.message or "正在办。")
    if found.total:
        say = f"{say.rstrip('。')}，已办{found.done}，共{found.total}。"
    total = max(found.total, 1)
    return {
        "title": title, "state": "running", "done": min(found.done, total), "total": total,
        "say": f"{say}可以先去做别的，回来再看。", "poll_url": here, "reload_url": here,
    }  # fmt: skip


@require_http_methods(["GET"])
@rule(EVERYONE, reads="file", audit="file_read")
def file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A stored file, for whoever made it, or for the unit it belongs to if it is not private."""
    shared = Q(private=False) & where(request.user.duty, assignee=None)
    found = get_object_or_404(StoredFile.objects.filter(Q(owner=request.user) | shared), uuid=uuid)
    try:
        content = files.read(found)
    except files.FileGone:
        context = {
            "title": "文件已按规定删除",
            "say": "存到期限就删，只留下编号。还要用，请重新生成或重新传一次。",
        }
        return render(request, "accounts/file_gone.html", context, status=410)
    except (files.FileChanged, CannotDecrypt):
        context = {
            "title": "这个文件打不开",
            "say": "它和存的时候不一样了。请联系系统管理员，不要用别处的同名文件代替。",
        }
        return render(request, "accounts/file_gone.html", context, status=410)
    # Reading a file is access, not business: the only row a GET writes (decisions 20).
    audit.record(
        "file_read", at=timezone.now(), by_id=request.user.pk, target=found, kind=found.kind, size=found.size
    )
    known = found.content_type if found.content_type in KNOWN_TYPES else "application/octet-stream"
    response = HttpResponse(content, content_type=known)
    # SECURITY: never shown inside our own pages, whatever somebody uploaded under whatever name.
    response["Content-Disposition"] = content_disposition_header(True, found.name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
