"""Questions of one kind as rows to be ticked, with the bar that settles them: on 待核, 去世核对 and 比对."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone

from visits.roster.forms.reviews import SettleManyForm
from visits.roster.models import Review, ReviewQuerySet
from visits.roster.outcomes import answers_of
from visits.roster.review_rows import as_table
from visits.roster.selectors import comparisons as pages
from visits.roster.selectors import reviews as selectors
from visits.roster.services import CannotChange, settle_reviews

MOST = pages.MOST
# Names that are said of those who could not be settled.
SAID = 5
SAY = {
    Review.Kind.DEATH_LIST: "名单上说去世了，系统里还在册。您核实了才登记，系统不会自己改。",
    Review.Kind.SEEN_AFTER_DEATH: "登记的去世日期以后，还有一次写着见到本人的巡访。先由乡镇说明。",
    Review.Kind.HOUSEHOLD_DEATH: "家里有人去世，人口、待遇、谁来照料都可能变，请核一核。",
    Review.Kind.BASE_ONLY_HERE: "系统里在这一类，底数名单上没有。核了再改，系统不会自己停。",
    selectors.ASK: "名单上没写的，有的去登记；情况一样的，可以勾在一起核。",
}


def panel(
    request: HttpRequest, kind: str, rows: ReviewQuerySet, *, start: int = 0, size: int = MOST
) -> dict[str, Any]:
    """The open questions of one kind with the bar that settles them; bound when this POST is about them."""
    reviews = list(rows.select_related("person__assignee", "person__household")[start : start + size])
    mine = request.method == "POST" and request.POST.get("kind", "") == kind
    outcomes = answers_of((review.kind, review.detail) for review in reviews)
    form = SettleManyForm(
        request.POST if mine else None,
        kind=kind,
        reviews=[review.pk for review in reviews],
        outcomes=outcomes,
        auto_id=f"id_{kind}_%s",
    )
    if kind in pages.COLUMNS:
        table = pages.table(reviews, kind, request.today, request.user)
    else:
        table = as_table(selectors.questions(reviews, request.user, request.today), request.today)
    ticked = set(form.data.getlist("review")) if form.is_bound else set()
    for row in table["rows"]:
        row["cells"][0]["checked"] = str(row["cells"][0]["value"]) in ticked
    names = [name for name in ("outcome", "ends_on", "note") if name in form.fields]
    return {
        "kind": kind,
        "title": selectors.word_of(kind),
        "say": SAY.get(kind, "情况一样的勾在一起，一次核好；不一样的点进去办。"),
        "count": rows.count(),
        "unit": "人" if kind in pages.COLUMNS else "件",
        "list": table,
        "form": form,
        "bulk": {
            "pick": "review",
            "all": "本页全选",
            "count": len(ticked),
            "fields": [form[name] for name in names],
            "action": "记下",
        },
    }


def settle(request: HttpRequest, section: dict[str, Any]) -> bool:
    """Settle what this POST ticked, and say how many were done and who was not. False: the form says what is
    missing."""
    form = section["form"]
    if not form.is_bound or not form.is_valid():
        return False
    values = form.cleaned_data
    try:
        result = settle_reviews(
            review_ids=values["review"],
            outcome=values["outcome"],
            note=values["note"],
            ends_on=values.get("ends_on"),
            by=request.user,
            at=timezone.now(),
        )
    except CannotChange as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    if result.done:
        words = dict(form.fields["outcome"].choices)[values["outcome"]]
        messages.success(request, f"{result.done}{section['unit']}记下了：{words}")
    for name, why in result.left[:SAID]:
        messages.warning(request, f"{name}没有记：{why}")
    if len(result.left) > SAID:
        messages.warning(request, f"还有{len(result.left) - SAID}人没有记，都还在下面")
    return True
