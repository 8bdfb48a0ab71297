"""What the family wants to hear (practice P33)."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import rule
from accounts.roles import WRITES_VISITS
from visits.roster.forms.telling import FamilyNoticeForm
from visits.roster.models import Person
from visits.roster.services.common import CannotChange
from visits.roster.services.telling import set_family_notice


@require_POST
@rule(WRITES_VISITS, reads="person", writes="person")
def family_notice(request: HttpRequest, uuid: UUID) -> HttpResponse:
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    form = FamilyNoticeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "请选愿意或不愿意")
        return redirect("visits_desk:person", person.uuid)
    try:
        set_family_notice(
            person_id=person.pk, answer=form.cleaned_data["answer"], by=request.user, at=timezone.now()
        )
    except CannotChange as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "记下了，以后不用再问。")
    return redirect("visits_desk:person", person.uuid)
