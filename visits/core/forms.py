"""One decision as it is typed; its fields follow from the kind of its value."""

from typing import Any

from django import forms

from visits.core.options import OPTIONS, Option
from visits.core.values import BadValue, clean


class SettingKey(forms.Form):
    """Which thing, and of which unit: what stands in the address."""

    key = forms.ChoiceField(choices=[(key, "") for key, option in OPTIONS.items() if option.kind])
    unit = forms.IntegerField(required=False, min_value=1, max_value=2**31)


class SettingForm(forms.Form):
    """A new value from a day on, with its document."""

    def __init__(self, *args: Any, option: Option, current: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.option = option
        self.fields |= _value_fields(option, current)
        self.fields["starts_on"] = forms.DateField(
            label="从哪天起", help_text="从明天起；以前的按以前的规定算",
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"required": "请填从哪天起", "invalid": "日期写成2026-11-24这样"},
        )  # fmt: skip
        self.fields["document_no"] = forms.CharField(
            label="文号", max_length=40, help_text="例如“永民〔2026〕12号”",
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
            error_messages={"required": "请填文号，说明是哪一份文件定的", "max_length": "最多40个字"},
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        own = ("first", "last") if self.option.kind == "season" else ("value",)
        if not any(name in self.errors for name in own):
            try:
                values["clean"] = clean(self.option, values)
            except BadValue as error:
                self.add_error(own[0], str(error))
        return values


def _value_fields(option: Option, current: Any) -> dict[str, forms.Field]:
    bad = {"required": "请填改成什么", "invalid_choice": "请从选项里选", "max_length": "太长，请核对"}
    if option.kind == "choice":
        field: forms.Field = forms.ChoiceField(
            label="改成",
            choices=option.choices,
            widget=forms.RadioSelect,
            initial=current,
            error_messages=bad,
        )
        return {"value": field}
    if option.kind == "season":
        names = {"first": ("第一天", 0), "last": ("最后一天（含）", 1)}
        return {
            name: forms.CharField(
                label=label,
                max_length=8,
                initial=current[at],
                help_text="月-日，例如04-01",
                error_messages=bad,
            )
            for name, (label, at) in names.items()
        }
    digits = {"inputmode": "numeric"} if option.kind == "number" else {}
    say = f"{option.low}到{option.high}" if option.kind == "number" else f"最多{option.high}个字"
    return {
        "value": forms.CharField(
            label=f"改成{f'（{option.unit}）' if option.unit else ''}", max_length=40, initial=current,
            help_text="，".join(filter(None, (say, option.help))), error_messages=bad,
            widget=forms.TextInput(attrs={"autocomplete": "off", **digits}),
        )
    }  # fmt: skip
