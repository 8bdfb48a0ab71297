"""打印全档: asked for on a page of its own, with one reason; a worker makes it."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from visits.desk.forms import FullFileForm
from visits.roster.models import Person
from visits.roster.services import CannotChange
from visits.roster.services.full_file import take_out
from visits.roster.services.guarded import SEES_IDS


@require_http_methods(["GET", "POST"])
@rule(SEES_IDS, reads="person", writes="job")
def full_file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One PDF with an index, or packed with the photographs."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    if request.user.duty.role_for(person, SEES_IDS) is None:  # only lent
        raise Http404
    form = FullFileForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            job = take_out(person_id=person.pk, by=request.user, at=timezone.now(), **form.values)
        except CannotChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return redirect("accounts:job", uuid=job.uuid)
    context = {"person": person, "form": form}
    return render(request, "visits/desk/full_file.html", context, status=422 if form.is_bound else 200)
