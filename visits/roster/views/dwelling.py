"""房屋情况: a section of the file that whoever visits may put right too (practice P13)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import rule
from accounts.roles import WRITES_VISITS
from visits.roster import services
from visits.roster.forms.dwelling import RISKS, DwellingForm
from visits.roster.models import Person
from visits.roster.services.dwelling import note_dwelling
from visits.roster.views.files import show_refusal
from visits.roster.views.sections import again


@require_http_methods(["GET", "POST"])
@rule(WRITES_VISITS, reads="person", writes="person")
def file_dwelling(request: HttpRequest, uuid: Any) -> HttpResponse:
    """低洼、山坡、溪边、地灾点、危房, who helps, where to."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid, merged_into=None)
    form = DwellingForm(request.POST or None, initial=DwellingForm.initial_of(person), today=request.today)
    status, more = 422 if form.is_bound else 200, {}
    if request.method == "POST" and form.is_valid():
        try:
            note_dwelling(
                person_id=person.pk, facts=form.facts(), on=form.cleaned_data["confirmed_on"],
                version=form.cleaned_data["version"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except services.Conflict as error:
            more = {"conflict": _differences(form, error.person), "conflict_say": str(error)}
            status, form = 409, DwellingForm(again(form, error.person), today=request.today)
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{person.name}的房屋情况保存好了")
            return redirect("visits_desk:person", uuid=person.uuid)
    context = {
        "form": form,
        "person": person,
        "title": "房屋情况",
        "say": "写在档案上，汛期巡访时只问有没有变化；下大雨、来台风时，按这里找要转移的人。",
        "note": "",
        **more,
    }
    return render(request, "visits/roster/section.html", context, status=status)


def _differences(form: DwellingForm, theirs: Person) -> list[tuple[str, str, str]]:
    """Where the two texts differ: label, mine, theirs."""
    now, words = DwellingForm.initial_of(theirs), dict(RISKS)
    rows = []
    for name in ("risks", "helper", "helper_phone", "refuge"):
        mine, other = form.cleaned_data[name], now.get(name) or ""
        if mine != other:
            pair = [
                "、".join(words[one] for one in value) if isinstance(value, list) else value
                for value in (mine, other)
            ]
            rows.append((str(form.fields[name].label), pair[0] or "空白", pair[1] or "空白"))
    return rows
