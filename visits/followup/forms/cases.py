"""Forms about a case: its list, papers, the answer with its measures, the head's word, results, the end."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from visits.followup.forms.findings import MonthField
from visits.followup.forms.measures import AGAIN, MeasureFields
from visits.followup.models import Case
from visits.followup.selectors.cases import CHOICES
from visits.followup.selectors.timely import PARTS
from visits.followup.services.cases import MOST_MEASURES, Measure, Proposal
from visits.records.needs import NEEDS
from visits.roster.forms.fields import date_field, text_field

ROWS = 3  # on a new page; one that has more measures shows them and one more
LATE_HELP = "已经过了三个工作日，写一句就行，比如“等医院出证明”。"


class CaseFilter(forms.Form):
    """What stands in the address. Nonsense is left out."""

    which = forms.ChoiceField(required=False, choices=[(part, part) for part in CHOICES])
    township = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    unit = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    month = MonthField()
    part = forms.ChoiceField(required=False, choices=[(part, "") for part in PARTS])
    page = forms.IntegerField(required=False, min_value=1, max_value=9999)

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}


def _lines(
    label: str, limit: int, missing: str, *, required: bool = True, help_text: str = ""
) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=limit,
        required=required,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": "2", "maxlength": str(limit)}),
        error_messages={"required": missing, "max_length": f"最多{limit}个字"},
    )


def yuan_field(label: str = "多少钱（元）") -> forms.DecimalField:
    """Yuan with at most two decimals; kept as fen."""
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal("0.01"),
        max_digits=10,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "invalid": "请只填数字，比如6000",
            "min_value": "金额要大于零",
            "max_digits": "金额太大，请核对",
            "max_decimal_places": "最多到分",
            "max_whole_digits": "金额太大，请核对",
        },
    )


def fen(yuan: Decimal | None) -> int | None:
    return None if yuan is None else int(yuan * 100)


class AskForm(forms.Form):
    what = _lines("要补什么", 200, "请写要补什么", help_text="写清楚要哪一份，镇里才不用再问。")


class SupplyForm(forms.Form):
    words = _lines("补了什么", 500, "请写补了什么")
    photo = forms.FileField(
        label="材料的照片",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        error_messages={"empty": "这张照片是空的，请重新拍", "invalid": "请重新选照片"},
    )


class AnswerForm(forms.Form):
    """怎么办: a plan, or an honest short end with its reason. `seen`: which proposal the page showed, 0 for none."""

    seen = forms.IntegerField(
        widget=forms.HiddenInput,
        min_value=0,
        max_value=2**53,
        error_messages={
            "required": "请刷新后再交",
            "invalid": "请刷新后再交",
            "min_value": "请刷新后再交",
            "max_value": "请刷新后再交",
        },
    )
    answer = forms.ChoiceField(
        label="怎么办",
        choices=Case.Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请先选怎么办", "invalid_choice": "请重新选"},
    )
    reason = _lines("理由", 300, "", required=False, help_text="不定方案的要写；定方案的可以写一句说明。")
    reference = text_field("受理号", 40, "转动态复核的要写；已在低保系统办理的，写系统里的编号。")
    late_reason = text_field("为什么超时", 200, LATE_HELP)


class MeasureRow(MeasureFields):
    """One measure of the county's answer: money may be in it, and it may be another department's."""

    amount = yuan_field()
    handed_over = forms.BooleanField(label="转别的部门办", required=False)
    field_order = ("kind", "words", "amount", "unit", "who", "due_on", "handed_over")

    @property
    def measure(self) -> Measure | None:
        """The row as a value; None when it was left empty."""
        values = dict(self.cleaned_data)
        if not values.get("words"):
            return None
        return Measure(fen=fen(values.pop("amount")), **values)


class _Rows(forms.BaseFormSet):
    default_error_messages = {
        "missing_management_form": "请刷新页面再填",
        "too_many_forms": f"最多写{MOST_MEASURES}条措施",
    }


def measure_rows(data: Any = None, *, initial: Sequence[dict[str, Any]] = ()) -> forms.BaseFormSet:
    """The rows of the answer, with empty ones to fill."""
    kind = forms.formset_factory(
        MeasureRow,
        formset=_Rows,
        extra=max(1, ROWS - len(initial)),
        max_num=MOST_MEASURES,
        validate_max=True,
        absolute_max=MOST_MEASURES + 4,
    )
    return kind(data, initial=list(initial), prefix="m")


def initial_rows(case: Case) -> list[dict[str, Any]]:
    """What stands already: the last proposal, sent back or not yet approved."""
    return [
        {
            "kind": row.kind, "words": row.words, "amount": None if row.amount is None else Decimal(row.amount) / 100,
            "unit": row.unit, "who": row.who, "due_on": row.due_on, "handed_over": row.handed_over,
        }
        for row in case.measures.all() if not row.advance
    ]  # fmt: skip


def proposal_of(form: AnswerForm, rows: forms.BaseFormSet) -> Proposal:
    """Both, valid, as a value. Measures count only with a plan."""
    values = form.cleaned_data
    plan = values["answer"] == Case.Answer.PLAN
    measures = [row.measure for row in rows.forms] if plan else []
    return Proposal(
        answer=values["answer"],
        reason=values["reason"],
        reference=values["reference"],
        late_reason=values["late_reason"],
        seen=values["seen"],
        measures=[row for row in measures if row is not None],
    )


class DecideForm(forms.Form):
    """The head's word about one case or several ticked ones: `pick` holds “id:stamp” of what the page showed."""

    what = forms.ChoiceField(choices=[("approve", ""), ("back", "")], error_messages=AGAIN)
    reason = text_field("为什么退回", 200)
    late_reason = text_field("为什么超时", 200, LATE_HELP)
    pick = forms.MultipleChoiceField(
        error_messages={
            "required": "请先勾",
            "invalid_choice": "有的案子刚才变了，请看过新的再勾",
            "invalid_list": "请重新勾",
        }
    )

    def __init__(self, *args: Any, picks: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pick"].choices = [(one, one) for one in picks]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("what") == "back" and not values.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "请写一句为什么退回")
        return values

    @property
    def seen(self) -> dict[int, int]:
        return {int(pk): int(stamp) for pk, stamp in (one.split(":") for one in self.cleaned_data["pick"])}


class AdvanceForm(forms.Form):
    """先行救助: what was given, before the plan. `key`: a press that went twice is one sum."""

    key = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": "请刷新后再填", "invalid": "请刷新后再填"}
    )
    kind = forms.ChoiceField(label="哪一类", choices=NEEDS, error_messages=AGAIN)
    words = forms.CharField(
        label="给了什么",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写给了什么", "max_length": "最多100个字"},
    )
    amount = yuan_field()
    unit = forms.CharField(
        label="哪个单位给的",
        max_length=40,
        error_messages={"required": "请写哪个单位", "max_length": "最多40个字"},
    )
    who = forms.CharField(
        label="谁经手", max_length=40, error_messages={"required": "请写谁经手", "max_length": "最多40个字"}
    )
    given_on = date_field("哪天给的", missing="请填哪天给的")


class VoidForm(forms.Form):
    """作废 what was written down as given in advance."""

    reason = _lines("为什么作废", 100, "请写为什么作废", help_text="比如“按了两次，记重了”。")


class ResultForm(forms.Form):
    """What came of a measure."""

    how = forms.ChoiceField(
        label="怎么样了",
        choices=[("done", "办好了"), ("dropped", "不办了")],
        widget=forms.RadioSelect,
        initial="done",
        error_messages={"required": "请选办好了，还是不办了", "invalid_choice": "请重新选"},
    )
    done_on = date_field("哪天办好的", required=False)
    result = _lines("结果", 200, "请写一句结果", help_text="不办了的，写为什么。")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("how") == "done" and not values.get("done_on") and "done_on" not in self.errors:
            self.add_error("done_on", "请填哪天办好的")
        return values


class CloseForm(forms.Form):
    note = _lines("结果", 200, "请写一句结果：帮到了没有")
    no_revisit = text_field("没有回访的，为什么", 90)
