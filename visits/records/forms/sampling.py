"""抽查: what is drawn, what the person said, how the record stands to it."""

from datetime import date
from typing import Any

from django import forms

from accounts.models import Region
from visits.records.models import SampledRecord
from visits.records.sampling import MOST
from visits.schedule.periods import Quarter

AGAIN = {"required": "请选一个", "invalid_choice": "请重新选"}
PERCENTS = (("5", "抽5%"), ("10", "抽10%"), ("20", "抽20%"), ("size", "自己定份数"))


class DrawForm(forms.Form):
    """How many of which records. `seed`: a number drawn in public; empty: by chance."""

    period = forms.ChoiceField(label="哪一期", error_messages=AGAIN)
    township = forms.ModelChoiceField(
        label="哪里的",
        queryset=Region.objects.none(),
        required=False,
        empty_label="全县（市、区）",
        error_messages={"invalid_choice": "请重新选乡镇（街道）"},
    )
    share = forms.ChoiceField(
        label="抽多少", choices=PERCENTS, widget=forms.RadioSelect, initial="5", error_messages=AGAIN
    )
    size = forms.IntegerField(
        label="几份（自己定份数的填）",
        required=False,
        min_value=1,
        max_value=MOST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "3", "autocomplete": "off"}),
        error_messages={
            "invalid": "份数填数字",
            "min_value": "至少抽1份",
            "max_value": f"一次最多抽{MOST}份",
        },
    )
    seed = forms.RegexField(
        r"^[0-9]{1,20}$",
        label="抽签数",
        required=False,
        max_length=20,
        strip=True,
        help_text="不填的，系统随机给一个。当众抽签的，填抽到的数。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "20", "autocomplete": "off"}),
        error_messages={"invalid": "抽签数只填数字", "max_length": "抽签数最多20位"},
    )

    def __init__(self, *args: Any, townships: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].queryset = townships  # type: ignore[attr-defined]
        quarter, periods = Quarter.containing(today), []
        for _ in range(5):
            periods.append((quarter.key, quarter.label))
            quarter = quarter.previous()
        self.fields["period"].choices = periods  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        share = values.pop("share", None)
        if share == "size" and not values.get("size") and "size" not in self.errors:
            self.add_error("size", "请填抽几份")
        values["percent"] = int(share) if share and share != "size" else None
        if values["percent"]:
            values["size"] = None
        return values


class HeardForm(forms.Form):
    """Before the record is looked at."""

    how = forms.ChoiceField(
        label="怎么问的", choices=SampledRecord.How.choices, widget=forms.RadioSelect, initial="phone",
        error_messages=AGAIN,
    )  # fmt: skip
    heard = forms.ChoiceField(
        label="这一期有人来看过吗",
        choices=SampledRecord.Heard.choices,
        widget=forms.RadioSelect,
        error_messages=AGAIN,
    )
    words = forms.CharField(
        label="怎么说的",
        required=False,
        max_length=200,
        help_text="例如“上个月林主任来过，坐了一会儿”。",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": "最多200个字"},
    )


class JudgeForm(forms.Form):
    """After it was looked at."""

    result = forms.ChoiceField(
        label="记录属实吗",
        choices=[one for one in SampledRecord.Result.choices if one[0] != SampledRecord.Result.UNREACHED],
        widget=forms.RadioSelect,
        error_messages=AGAIN,
    )
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=200,
        help_text="不符的，写哪里不符。",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": "最多200个字"},
    )
