"""巡访联系卡: one person's on the screen or as PDF, a village's by a worker."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import WRITES_VISITS
from visits.desk import contact_cards
from visits.desk.views.prints import paper
from visits.roster.models import Person
from xunfang.kit import jobs


@require_safe
@rule(WRITES_VISITS, reads="person")
def contact_card(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One card on an A6; `four=1`: four of the same on an A4, to be cut."""
    person = get_object_or_404(
        Person.objects.visible_to(request.user).on_roster().select_related("assignee"), uuid=uuid
    )
    four = request.GET.get("four") == "1"
    people = [person] * (contact_cards.FOUR if four else 1)
    context = contact_cards.context(people, request.today, four=four) | {"person": person}
    return paper(request, contact_cards.TEMPLATE, context, "巡访联系卡")


@require_POST
@rule(WRITES_VISITS, reads="person", writes="job")
def contact_cards_of(request: HttpRequest, village: int) -> HttpResponse:
    """The cards of everybody of a village whom the user may see, as one PDF."""
    unit = get_object_or_404(Region, pk=village, level=Level.VILLAGE)
    get_object_or_404(contact_cards.people_of(request.user, unit).order_by()[:1])
    job = jobs.enqueue(
        contact_cards.KIND,
        {"user_id": request.user.pk, "village_id": unit.pk},
        title="打印巡访联系卡",
        owner_id=request.user.pk,
    )
    return redirect("accounts:job", uuid=job.uuid)
