"""Why somebody is to be visited, or not."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.roles import READS_FILES
from visits.roster.models import Person
from visits.schedule import why as reads


@require_safe
@rule(READS_FILES, reads="due items")
def why(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """四(一): which rules hold for this person, which stands in for which, what is owed until when."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid)
    found = reads.explain(person, request.user, request.today)
    return render(request, "visits/schedule/why.html", {"person": person, "why": found})
