"""The editor of a plan, its measures row by row, and the lists about plans."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms

from visits.followup.forms.measures import MeasureFields
from visits.followup.models import Plan
from visits.followup.selectors.plans import PARTS
from visits.followup.services.plans import MOST_MEASURES, Draft, Measure
from visits.records.needs import NEEDS
from visits.roster.forms.fields import date_field

DEGREES = [(one.value, one.label) for one in Plan.Degree]
ROWS = 6  # on a new page; one that has more measures shows them and two more
AGAIN = {
    "required": "请选一个",
    "invalid_choice": "请重新选",
    "invalid_list": "请重新选",
    "invalid": "请重新填",
}


class MeasureRow(MeasureFields):
    """One measure of a person's plan."""

    @property
    def measure(self) -> Measure | None:
        """The row as a value; None when it was left empty."""
        values = self.cleaned_data
        return Measure(**values) if values.get("words") else None


# domain 五(三)-10: “研究中” is no measure.
class PlanForm(forms.Form):
    """困难程度, needs, review date, note, and whether it was told."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=9999, error_messages=AGAIN)
    degree = forms.ChoiceField(
        label="困难程度",
        choices=DEGREES,
        widget=forms.RadioSelect,
        error_messages={**AGAIN, "required": "请选困难程度"},
    )
    needs = forms.MultipleChoiceField(
        label="需要什么",
        choices=NEEDS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=AGAIN,
    )
    review_on = date_field("哪天复核", missing="请填哪天复核", help_text="最迟一年。")
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": "2", "maxlength": "300"}),
        error_messages={"max_length": "最多300个字"},
    )
    told = forms.ChoiceField(
        label="告诉本人了吗",
        required=False,
        choices=[(value, label) for value, label in Plan.Told.choices],
        widget=forms.RadioSelect,
        error_messages=AGAIN,
    )
    told_on = date_field("哪天告诉的", required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("told") and not values.get("told_on") and "told_on" not in self.errors:
            self.add_error("told_on", "请填哪天告诉的")
        if values.get("told_on") and not values.get("told") and "told" not in self.errors:
            self.add_error("told", "请选告诉了谁")
        return values


class _Rows(forms.BaseFormSet):
    """Rows of measures; a page that lost its management form says so in our words."""

    default_error_messages = {
        "missing_management_form": "请刷新页面再填",
        "too_many_forms": f"最多写{MOST_MEASURES}条措施",
    }


def measure_rows(data: Any = None, *, initial: list[dict[str, Any]] | None = None) -> forms.BaseFormSet:
    """The rows of the editor, with empty ones to fill."""
    known = len(initial or [])
    made = forms.formset_factory(
        MeasureRow,
        formset=_Rows,
        extra=max(ROWS - known, min(2, MOST_MEASURES - known)),
        max_num=MOST_MEASURES,
        absolute_max=MOST_MEASURES,
        validate_max=True,
    )
    return made(data, initial=initial, prefix="m")


def draft_of(form: PlanForm, rows: forms.BaseFormSet) -> Draft:
    """Both forms, valid, as the service takes them."""
    values = form.cleaned_data
    return Draft(
        degree=values["degree"],
        needs=values["needs"],
        review_on=values["review_on"],
        note=values["note"],
        told=values["told"],
        told_on=values["told_on"],
        seen=values["seen"],
        measures=tuple(row.measure for row in rows if row.measure is not None),
    )


class DoneForm(forms.Form):
    """A measure was carried out."""

    done_on = date_field("哪天办好的", missing="请填哪天办好的")
    result = forms.CharField(
        label="结果",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "200"}),
        error_messages={"required": "请写一句结果", "max_length": "最多200个字"},
    )


class PlanFilter(forms.Form):
    """What stands in the address. Nonsense in an address is no error: it is left out."""

    which = forms.ChoiceField(required=False, choices=[(part, part) for part in PARTS])
    village = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    township = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    alike = forms.RegexField(r"^[0-9a-f]{32}$", required=False, max_length=32)
    page = forms.IntegerField(required=False, min_value=1, max_value=9999)

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}


class StandardForm(forms.Form):
    """标准方案 for a village: the people who were on the page; whoever was unticked is left out."""

    person = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={"required": "一个也没有勾", "invalid_choice": "名单有变动，请刷新后再确认"},
    )

    def __init__(self, *args: Any, people: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [(pk, pk) for pk in people]  # type: ignore[attr-defined]


class UndoForm(forms.Form):
    """Which press is taken back."""

    batch = forms.UUIDField(error_messages={"required": "请刷新后再撤回", "invalid": "请刷新后再撤回"})


def initial_of(plan: Plan | None, facts: Any, today: date) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the editor starts from: the live plan with what came since, or the suggestions."""
    needs = set(facts.needs) | set(plan.needs if plan else [])
    form = {
        "seen": plan.version if plan else 0,
        "degree": plan.degree if plan and not plan.standard else facts.degree,
        "needs": [code for code, _ in NEEDS if code in needs],
        "review_on": facts.review_on,
        "note": "" if plan is None or plan.standard else plan.note,
        "told": "",
    }
    names = ("kind", "words", "unit", "who", "due_on")
    rows = [{name: getattr(row, name) for name in names} for row in (plan.measures.all() if plan else [])]
    return form, rows
