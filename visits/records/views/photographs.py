"""Photographs of a visit: sent one by one while the form is open, shown to whoever sees the person's records."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import rule
from accounts.roles import READS_FILES, WRITES_VISITS
from visits.records.forms.photographs import PhotoForm
from visits.records.forms.visiting import VisitForm
from visits.records.models import Photo
from visits.records.selectors.photographs import loose
from visits.records.services.common import CannotVisit
from visits.records.services.photographs import MOST, add_photo, remove_photo
from visits.roster.models import Person
from xunfang.kit import files, images


def shown(form: VisitForm, user: Any) -> dict[str, Any]:
    """What stands in the area “拍照” of an open form; of a correction also what the corrected record has."""
    ticks = form["left_photos"] if "left_photos" in form.fields else None
    return {
        "rows": loose(form["key"].value(), user),
        "most": MOST,
        "taken_over": list(zip(form.asked.photos, ticks, strict=True)) if ticks is not None else [],
        "errors": ticks.errors if ticks is not None else [],
    }


def take(request: HttpRequest, person: Person) -> bool:
    """Without JavaScript: pictures that come with the form, and the one that its author takes away. Whether the
    page is to be kept as typed and shown again."""
    for file in request.FILES.getlist("photos")[:MOST]:
        form = PhotoForm({"key": request.POST.get("key", "")}, {"file": file})
        error = _add(request, person, form)[1]
        if error:
            messages.error(request, f"“{file.name}”：{error}")
    dropped = request.POST.get("drop_photo", "")
    photo = (
        Photo.objects.visible_to(request.user)
        .kept()
        .filter(by=request.user, visit=None, uuid=_uuid(dropped))
        .first()
        if dropped
        else None
    )
    if photo is not None:
        remove_photo(photo_id=photo.pk, by=request.user, at=timezone.now())
    return bool(dropped) or request.POST.get("action") == "photos"


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _add(request: HttpRequest, person: Person, form: PhotoForm) -> tuple[Photo | None, str]:
    """The photograph, or why it was not kept."""
    if not form.is_valid():
        return None, "；".join(words for errors in form.errors.values() for words in errors)
    try:
        made = add_photo(
            person_id=person.pk,
            key=form.cleaned_data["key"],
            content=form.cleaned_data["file"],
            by=request.user,
            at=timezone.now(),
        )
    except (CannotVisit, images.CannotRead) as error:
        return None, str(error)
    return made, ""


@require_POST
@rule(WRITES_VISITS, reads="person", writes="photograph")
def photo_add(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A photograph at once, while the form is still being filled (decisions 12)."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    made, error = _add(request, person, PhotoForm(request.POST, request.FILES))
    if made is None:
        return JsonResponse({"error": error}, status=422)
    return JsonResponse(
        {
            "small": reverse("visits_records:photo_small", args=[made.uuid]),
            "remove": reverse("visits_records:photo_remove", args=[made.uuid]),
        }
    )


@require_POST
@rule(WRITES_VISITS, reads="photograph", writes="photograph")
def photo_remove(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Its author takes it away before the form is submitted."""
    found = get_object_or_404(
        Photo.objects.visible_to(request.user).kept().select_related("person"), uuid=uuid
    )
    quiet = request.headers.get("X-Photo") is not None
    try:
        remove_photo(photo_id=found.pk, by=request.user, at=timezone.now())
    except CannotVisit as error:
        if quiet:
            return JsonResponse({"error": str(error)}, status=422)
        messages.error(request, str(error))
    if quiet:
        return JsonResponse({})
    return redirect("visits_records:visit_new", found.person.uuid)


@require_safe
@rule(READS_FILES, reads="photograph")
def photo(request: HttpRequest, uuid: UUID, *, small: bool) -> HttpResponse:
    """The picture itself: with the person's file; before it is part of a record, for its author only."""
    rows = Photo.objects.visible_to(request.user).kept().select_related("file", "small")
    found = get_object_or_404(rows, uuid=uuid)
    return picture(files.read(found.small if small else found.file))


def picture(content: bytes) -> HttpResponse:
    """A JPEG of our own drawing."""
    response = HttpResponse(content, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response
