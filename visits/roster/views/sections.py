"""The file in sections: places, care, 告知; each a page with the version it was opened at."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import rule
from accounts.roles import CASES, Role
from visits.roster import services
from visits.roster.forms.files import CareForm, NoticeForm, PlacesForm, Versioned
from visits.roster.models import Person
from visits.roster.services.people import CONTACT_FIELDS
from visits.roster.views.files import own_person, show_refusal

CLERK = {Role.TOWNSHIP_CLERK}


def both_texts(form: Any, theirs: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Where the two texts differ: label, mine, theirs."""
    rows = []
    for name, field in form.fields.items():
        mine = form.cleaned_data.get(name)
        if name in ("version", "confirm", "number") or (mine or "") == (theirs.get(name) or ""):
            continue
        words = dict(getattr(field, "choices", ()))
        rows.append((field.label, _word(mine, words), _word(theirs.get(name), words)))
    return rows


def _word(value: Any, words: dict[Any, Any]) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(words.get(value, value) or "") or "空白"


def again(form: Any, person: Person) -> Any:
    """What was typed, over the version that is there now."""
    data = form.data.copy()
    data["version"] = str(person.version)
    return data


def _section(
    request: HttpRequest, uuid: Any, form_class: type[Versioned], section: str, frame: dict[str, Any]
) -> HttpResponse:
    person = own_person(request, uuid)
    form: Form = form_class(request.POST or None, initial=form_class.initial_of(person))
    status, more = 422 if form.is_bound else 200, {}
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_section(
                person_id=person.pk, version=form.cleaned_data["version"], section=section,
                values=form.values(), by=request.user, at=timezone.now(),
            )  # fmt: skip
        except services.Conflict as error:
            more = {
                "conflict": both_texts(form, form_class.initial_of(error.person)),
                "conflict_say": str(error),
            }
            status, form = 409, form_class(again(form, error.person))
        except services.CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{person.name}的{frame['title']}保存好了")
            return redirect("visits_desk:person", uuid=person.uuid)
    context = {"form": form, "person": person, **frame, **more}
    return render(request, "visits/roster/section.html", context, status=status)


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="person", writes="person")
def file_places(request: HttpRequest, uuid: Any) -> HttpResponse:
    """户籍地址, 现住地, 自然村, 怎么找."""
    frame = {
        "title": "户籍和住处",
        "say": "户籍在哪里，就由哪里负责；住在别处的，可以请住的地方帮着看望。",
        "note": "改过的住处、自然村、怎么找，以后导入名单不会改掉。",
    }
    assert set(PlacesForm.NAMES) - {"registered_address"} <= set(CONTACT_FIELDS)
    return _section(request, uuid, PlacesForm, "places", frame)


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="person", writes="person")
def file_care(request: HttpRequest, uuid: Any) -> HttpResponse:
    """照料 and 机构."""
    frame = {
        "title": "照料和机构",
        "say": "长期的状况写在这里，巡访时不用每次再报；到期会提醒再核。",
        "note": "",
    }
    return _section(request, uuid, CareForm, "care", frame)


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="person", writes="person")
def file_notice(request: HttpRequest, uuid: Any) -> HttpResponse:
    """告知 and 家属告知."""
    frame = {
        "title": "告知",
        "say": "巡访不用本人同意，但要告诉本人：谁来、记什么、给谁看、怎么更正。",
        "note": "",
        "notice": True,
    }
    return _section(request, uuid, NoticeForm, "notice", frame)


@require_safe
@rule(CASES, reads="nothing")
def notice_text(request: HttpRequest) -> HttpResponse:
    """What is read out, or printed and left (个人信息保护法17, 35; P33). Of nobody in particular."""
    return render(request, "visits/roster/notice_text.html", {"unit": request.user.duty.main.region_name})
