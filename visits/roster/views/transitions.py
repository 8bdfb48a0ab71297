"""委托探访 and 移交: asked, answered, ended; the letter; both sides' list (四(一)-3, E4, E5)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import rule
from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import COUNTY, TOWNSHIP, Role
from visits.core import calendar
from visits.roster import transition_rows as rows
from visits.roster.entrusting import standing
from visits.roster.forms.transitions import (
    AcceptForm,
    EntrustForm,
    PaperAnswerForm,
    ReceiveForm,
    ReplyForm,
    TransferForm,
    WhyForm,
    initial_until,
)
from visits.roster.models import Person, Transition
from visits.roster.selectors import transitions as selectors
from visits.roster.selectors.absences import page_of
from visits.roster.services import CannotChange, entrusting, replies, transferring
from visits.roster.services.transitions import side_of, visitors_in
from visits.roster.units import townships
from visits.roster.views.files import own_person, show_refusal
from xunfang.kit import pdf

CLERK = frozenset({Role.TOWNSHIP_CLERK})
OFFICES = TOWNSHIP | COUNTY
PAGE = 50
# What a service calls by another name than the form.
FIELDS = {"answer": "reason"}


@require_safe
@rule(OFFICES, reads="transitions")
def transitions(request: HttpRequest) -> HttpResponse:
    """Both sides' list: what waits for us, whom we visit for others, whom others visit for us."""
    counts = selectors.counts(request.user, request.today)
    which = request.GET.get("part", "")
    if which not in selectors.PARTS:
        which = "waiting" if counts["waiting"] else "out"
    page = page_of(request.GET.get("page", ""))
    found, more = selectors.shown(request.user, request.today, which, (page - 1) * PAGE, PAGE)
    done = sum(one.done for one in found)
    context = {
        "list": rows.table(found, request.today),
        "said": f"受托{counts['in']}人，这一页上这一期已访{done}人。" if which == "in" and found else "",
        "filters": [
            {"word": word, "url": f"?part={code}", "count": counts[code], "current": code == which}
            for code, word in selectors.PARTS.items()
        ],
        "pager": {
            "count": counts[which], "unit": "份",
            "next": f"?part={which}&page={page + 1}" if more else "",
            "prev": f"?part={which}&page={page - 1}" if page > 1 else "",
        },
        "empty": {"title": "这里没有", "say": "要委托或移交的，打开本人的档案发起。", "icon": "inbox"},
    }  # fmt: skip
    return render(request, "visits/roster/transitions.html", context)


def _propose(
    request: HttpRequest, person: Person, form: TransferForm, call: Callable[..., Transition], **words: str
) -> HttpResponse:
    """One form for both: what is under way is shown before it, and then there is no form."""
    open_ = selectors.open_of(person, request.today)
    if request.method == "POST" and form.is_valid():
        try:
            made = call(person_id=person.pk, by=request.user, at=timezone.now(), **form.values())
        except CannotChange as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{made.number}发起了，信函可以打印。")
            return redirect("visits_roster:transition", uuid=made.uuid)
    context = {
        "form": form,
        "person": person,
        "open": open_,
        "townships": [] if open_ else townships(person.township_id),
        "open_state": rows.state_word(open_, request.today) if open_ else "",
        "open_to": rows.target(open_) if open_ else "",
        **words,
    }
    return render(request, "visits/roster/transition_new.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="person", writes="transition")
def entrust(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Ask the township where somebody lives to visit them."""
    person = own_person(request, uuid)
    initial = {"address": person.residence, "phone": person.phone, "ends_on": initial_until(request.today)}
    if person.residence_region is not None:
        initial["to_township"] = rows.full_name(person.residence_region)
    form = EntrustForm(request.POST or None, initial=initial)
    return _propose(
        request, person, form, entrusting.entrust,
        title=f"委托探访：{person.name}", yes="发起委托", other="人和户口都走了的，用移交",
        say="人住在别处的，请那边的乡镇去看。责任和统计还在我们这里，那边访了也算在这里。三个工作日没有答复，自动退回。",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rule(CLERK, reads="person", writes="transition")
def transfer(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Offer the file to another township for good."""
    person = own_person(request, uuid)
    form = TransferForm(request.POST or None, initial={"address": person.residence, "phone": person.phone})
    return _propose(
        request, person, form, transferring.transfer,
        title=f"移交：{person.name}", yes="发起移交", other="户口还在我们这里的，用委托",
        say="户口迁走了的，把档案交给那边的乡镇。对方接收以后，没访的跟着走，以前的统计还在我们这里。迁到外市的，登记迁出，打印一份函。",
    )  # fmt: skip


def _found(request: HttpRequest, uuid: Any) -> Transition:
    return get_object_or_404(
        Transition.objects.visible_to(request.user).select_related(
            "person", "from_township", "to_township", "to_village", "proposed_by", "answered_by"
        ),
        uuid=uuid,
    )


def _forms(request: HttpRequest, row: Transition) -> list[dict[str, Any]]:
    """What this reader may do about it today: one form for each step, the usual one first."""
    side, state = side_of(row, request.user), standing(row, request.today)
    if not request.user.duty.has(CLERK) or not side:
        return []
    # Letters about somebody outside the city still come when the entrustment is over.
    more = [("file", ReplyForm(), "附上来函", "对方寄来的信、探访情况，拍下来附在这里。")]
    if side != "from" or not replies.takes_letters(row, request.today):
        more = []
    if state not in Transition.OPEN:
        return _steps(more)
    people = [(one.pk, one.name) for one in visitors_in(row.to_township_id or 0, request.today)]
    if state == "accepted":
        steps = [("end", WhyForm(), "结束委托", "人回来了，或者那边去不了了。结束以后由原来的巡访人去访。")]
        if side == "to":
            steps.insert(0, ("visitor", AcceptForm(visitors=people), "换人去访", "以后由这位同志去访。"))
        return _steps([*more, *steps])
    if side == "from":
        found = [("withdraw", WhyForm(), "收回", "对方还没有答复，可以收回。")]
        if row.to_township_id is None:
            found.insert(
                0,
                ("paper", PaperAnswerForm(), "录入对方的答复", "信寄出去以后，对方怎么答复的，照着来函写。"),
            )
        return _steps(found)
    if row.kind == "transfer":
        villages = Region.objects.live(request.today).filter(
            level=Level.VILLAGE, township_id=row.to_township_id
        )
        form: forms.Form = ReceiveForm(villages=list(villages.order_by("position")), visitors=people)
        first = ("receive", form, "接收", "接收以后档案归我们，没访的由我们访。")
    else:
        first = (
            "accept",
            AcceptForm(visitors=people),
            "接受委托",
            "接受以后，这位同志看得到档案，去访了算在对方乡镇，我们这里另列一栏。",
        )
    return _steps([first, ("decline", WhyForm(), "不接受", "写明为什么，对方会看到。")])


def _steps(steps: list[tuple[str, forms.Form, str, str]]) -> list[dict[str, Any]]:
    return [
        {"action": action, "form": form, "word": word, "say": say, "first": n == 0}
        for n, (action, form, word, say) in enumerate(steps)
    ]


def _page(request: HttpRequest, row: Transition, steps: list[dict[str, Any]], status: int) -> HttpResponse:
    state = standing(row, request.today)
    person = Person.objects.visible_to(request.user).filter(pk=row.person_id).first()
    context = {
        "row": row,
        "facts": rows.facts(row, request.today),
        "word": rows.state_word(row, request.today),
        "look": rows.LOOK[state],
        "clock": rows.clock(row, request.today, calendar.load()),
        "steps": steps,
        "replies": _replies(request, row),
        "file": person,
        "person": person,
    }
    return render(request, "visits/roster/transition.html", context, status=status)


def _replies(request: HttpRequest, row: Transition) -> list[dict[str, Any]]:
    """The papers that came back, oldest first; the clerk who asked may take one away."""
    mine = request.user.duty.has(CLERK) and side_of(row, request.user) == "from"
    papers = row.replies.kept().select_related("by", "file").order_by("at", "pk")
    return [rows.reply(row, paper, request.today, mine=mine) for paper in papers]


@require_safe
@rule(OFFICES, reads="transition")
def transition(request: HttpRequest, uuid: Any) -> HttpResponse:
    """One entrustment or transfer, with what may be done about it."""
    row = _found(request, uuid)
    return _page(request, row, _forms(request, row), 200)


DONE = {
    "accept": "接受了，对方会看到。", "receive": "接收了，档案和没访的都归我们了。", "decline": "答复了：不接受。",
    "withdraw": "收回了。", "end": "委托结束了，由原来的巡访人去访。", "visitor": "换好了。", "paper": "对方的答复记好了。",
    "file": "来函附好了。",
}  # fmt: skip


def _call(action: str, values: dict[str, Any]) -> tuple[Callable[..., Transition], dict[str, Any]]:
    """The service of a step, and the form's values as it wants them."""
    why = values.get("reason", "")
    if action == "decline":
        return entrusting.decline, {"answer": why}
    if action in ("withdraw", "end"):
        return {"withdraw": entrusting.withdraw, "end": entrusting.end}[action], {"reason": why}
    if action == "paper":
        return entrusting.answer_on_paper, values
    if action == "file":
        name, content = values["file"]
        return replies.attach, {"name": name, "content": content, "words": values["words"]}
    if action == "receive":
        given = {"village_id": values["village"], "visitor_id": values["visitor"]}
        return transferring.accept_transfer, given | {"hamlet": values["hamlet"], "answer": values["answer"]}
    if action == "visitor":
        return entrusting.change_visitor, {"visitor_id": values["visitor"]}
    return entrusting.accept, {"visitor_id": values["visitor"], "answer": values["answer"]}


@require_POST
@rule(CLERK, reads="transition", writes="transition")
def transition_act(request: HttpRequest, uuid: Any, action: str) -> HttpResponse:
    """A step: accept, receive, decline, withdraw, end, another visitor, an answer on paper."""
    row = _found(request, uuid)
    steps = _forms(request, row)
    step = next((one for one in steps if one["action"] == action), None)
    if step is None:
        messages.warning(request, f"这一份现在是“{rows.state_word(row, request.today)}”，这一步办不了。")
        return redirect("visits_roster:transition", uuid=row.uuid)
    form = step["form"]
    form.is_bound, form.data, form.files = True, request.POST, request.FILES
    if form.is_valid():
        call, values = _call(action, form.cleaned_data)
        try:
            call(transition_id=row.pk, by=request.user, at=timezone.now(), **values)
        except CannotChange as error:
            show_refusal(form, CannotChange(str(error), FIELDS.get(error.field, error.field)))
        else:
            messages.success(request, DONE[action])
            return redirect("visits_roster:transition", uuid=row.uuid)
    return _page(request, row, steps, 422)


@require_safe
@rule(OFFICES, reads="transition")
def transition_letter(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The letter on the screen for printing, or as PDF with ?pdf=1."""
    row = _found(request, uuid)
    context = rows.letter(row, request.today)
    if request.GET.get("pdf") != "1":
        url = "" if pdf.why_not() else f"{request.path}?pdf=1"
        shown = context | {"screen": True, "pdf_url": url}
        return HttpResponse(render_to_string("pdf/letter.html", shown, request))
    try:
        data = pdf.render(render_to_string("pdf/letter.html", context | {"screen": False}))
    except pdf.PdfUnavailable as error:
        return render(
            request, "visits/roster/not_printed.html",
            {"title": "打印委托函", "say": str(error), "back": request.path, "back_words": "回到网页上的函"}, status=503,
        )  # fmt: skip
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = "inline; filename=\"letter.pdf\"; filename*=UTF-8''" + quote(
        f"{row.number}.pdf"
    )
    return response
