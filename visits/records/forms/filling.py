"""The visit form filled from somewhere else: what was being typed, or a record that is to be corrected."""

from typing import Any

from django import forms

from visits.records.assessment import NOT_SEEN
from visits.records.forms import beside
from visits.records.forms.visiting import MODES, VisitForm
from visits.records.services.visiting import blocks_of


class DraftForm(forms.Form):
    """A page as it was typed: names that the visit form knows, texts of bearable length, nothing checked."""

    key = forms.UUIDField()
    MOST = 600

    def __init__(self, *args: Any, known: VisitForm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kept = {}
        for name in self.known.fields:
            given = [text[: self.MOST].replace("\0", "") for text in self.data.getlist(name)[:20]]
            if any(given):
                kept[name] = given
        values["body"] = kept
        return values


def initial_from(body: dict[str, list[str]], known: VisitForm) -> dict[str, Any]:
    """A draft as initial values."""
    initial: dict[str, Any] = {}
    for name, given in body.items():
        field = known.fields.get(name)
        if field is not None and given and (kept := _possible(field, given)):
            initial[name] = kept if isinstance(field, forms.MultipleChoiceField) else kept[-1]
    return initial


def _possible(field: forms.Field, given: list[str]) -> list[str]:
    """Without answers that the wording has no more: they are asked again, not silently taken as given."""
    if not isinstance(field, forms.ChoiceField):
        return given
    return [one for one in given if field.valid_value(one)]


def initial_of(visit: Any, known: VisitForm) -> dict[str, Any]:
    """A stored record as initial values, for its correction: every answer as it was given."""
    extra = visit.extra or {}
    more = visit.mode not in dict(MODES)
    initial: dict[str, Any] = {
        "day": "other",
        "on": visit.visited_on.isoformat(),
        "mode": "more" if more else visit.mode,
        "mode_more": visit.mode if more else None,
        "met": visit.met,
        "contact_month": extra.get("contact_month"),
        "phrases": visit.phrases,
        "remark": visit.remark,
        "companions": visit.companions,
        "visitor": visit.visitor_id,
        "report": "no" if visit.reportable and not visit.report_wanted else "yes",
        "replaces": visit.uuid,
    }
    values = visit.ratings | (extra.get("minor") or {})
    for area in known.asked.areas:
        if area.code == "family" and not any(values.get(item.code) for item in area.items):
            initial["area_family"] = "good"
        elif area.code != "safety":
            initial[f"area_{area.code}"] = "changed"
        for item in area.items:
            value = values.get(item.code)
            if value == NOT_SEEN:
                initial[f"unseen_{item.code}"] = (extra.get("reasons") or {}).get(item.code, "other")
            else:
                initial[item.code] = value
            initial[f"note_{item.code}"] = (visit.notes or {}).get(item.code, "")
    care = extra.get("self_care")
    if care:
        initial["area_self_care"] = "changed" if not all(care.values()) or known.asked.last_care else "good"
        initial["care_lost"] = [code for code, can in care.items() if not can]
    initial |= beside.initial_of(extra, known.asked)
    for block in blocks_of(extra):
        for code, given in block["answers"].items():
            initial[f"s_{code}"] = [str(one) for one in given] if isinstance(given, list) else given
    for one in extra.get("rounds") or []:
        row = next((row for row in known.rounds if row.uuid == one["round"]), None)
        if row is not None:
            initial[row.field] = [str(n) for n, words in enumerate(row.questions) if words in one["yes"]]
    return initial
