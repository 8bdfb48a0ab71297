"""来函: the papers that came back to an entrustment outside the city."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from accounts.access import rule
from visits.roster.models import ReplyPaper, Transition
from visits.roster.services import CannotChange
from visits.roster.services import replies as service
from visits.roster.views.transitions import CLERK, OFFICES
from xunfang.kit import files, scans
from xunfang.kit.crypto import CannotDecrypt


def _found(request: HttpRequest, uuid: UUID, pk: int) -> ReplyPaper:
    row = get_object_or_404(Transition.objects.visible_to(request.user), uuid=uuid)
    papers = ReplyPaper.objects.visible_to(request.user).filter(transition=row)
    return get_object_or_404(papers.select_related("file", "small"), pk=pk)


@require_safe
@rule(OFFICES, reads="transition")
def reply(request: HttpRequest, uuid: UUID, pk: int, *, small: bool) -> HttpResponse:
    """The paper itself: a picture of our own drawing on the page, a PDF only to be saved."""
    paper = _found(request, uuid, pk)
    stored = paper.small if small else paper.file
    if stored is None:
        raise Http404
    try:
        content = files.read(stored)
    except (files.FileGone, files.FileChanged, CannotDecrypt) as error:
        raise Http404 from error
    picture = stored.content_type == scans.JPEG
    response = HttpResponse(content, content_type=scans.JPEG if picture else scans.PDF)
    # SECURITY: what somebody else's office made is never shown inside our own pages.
    response["Content-Disposition"] = content_disposition_header(not picture, stored.name) or "inline"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@rule(CLERK, reads="transition", writes="transition")
def reply_remove(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    """The wrong paper is taken away again."""
    paper = _found(request, uuid, pk)
    try:
        service.remove(
            transition_id=paper.transition_id, paper_id=paper.pk, by=request.user, at=timezone.now()
        )
    except CannotChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "去掉了。")
    return redirect("visits_roster:transition", uuid=uuid)
