"""An emergency, written down after the calls: nothing is compulsory. Its details, the police, its end."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone

from accounts.models import Region
from visits.followup.models import Emergency
from visits.followup.selectors.emergencies import OPEN, WHICH
from visits.records.models import Visit

NUMBERS = {"120": "120急救", "110": "110报警", "119": "119火警", "duty": "值班电话", "other": "别的人"}
FOUND = {"now": "刚刚", "today": "今天早些时候", "yesterday": "昨天"}
# Which kind an answer of the visit's form speaks of; of what is not here nothing is chosen.
KIND_OF = {
    "guardian": "minor", "meals": "minor", "harm": "abuse", "mood": "self_harm", "child_mind": "self_harm",
    "thinking": "missing", "gas": "fire", "water_heating": "fire", "electricity": "fire", "indoor": "disaster",
    "outdoor": "disaster", "speech": "ill", "mobility": "ill", "illness": "ill", "personal_hygiene": "ill",
}  # fmt: skip
_TIME = re.compile(r"^\s*(\d{1,2})\s*(?:[:：.]|点|时)\s*(\d{1,2})?\s*分?\s*$")


def clock_time(text: str) -> time | None:
    """20:10, 20：10, 8点, 8点20分; None for anything else."""
    found = _TIME.match(text)
    try:
        return time(int(found[1]), int(found[2] or 0)) if found else None
    except ValueError:
        return None


def uuid_in(text: str) -> UUID | None:
    """The uuid that a text is; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _line(label: str, limit: int, help_text: str = "", **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=limit,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": str(limit), **attrs}),
        error_messages={"max_length": f"最多{limit}个字，再长的写在经过里"},
    )


class ReportForm(forms.Form):
    """What is missing or can't be read never stands in the way. `warnings`: what looks odd, once it is valid."""

    # Not what they ought to be, they are done without: telling comes first.
    key = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=60, error_messages={"max_length": "请刷新页面"}
    )
    visit = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=60, error_messages={"max_length": "请刷新页面"}
    )
    about = _line("谁、在哪里", 100, "不知道名字的，写怎么称呼、在什么地方")
    unit = forms.TypedChoiceField(
        label="哪个村（居）",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "请从名单里选"},
    )
    kind = forms.ChoiceField(
        label="什么情况",
        required=False,
        choices=Emergency.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "请从选项里选"},
    )
    words = _line("怎么回事", 200)
    called = forms.MultipleChoiceField(
        label="打了哪些电话",
        required=False,
        choices=list(NUMBERS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "请从选项里选"},
    )
    called_at = _line("几点打的", 20, type="time")
    called_words = _line("谁接的、警号", 60)
    found = forms.ChoiceField(
        label="什么时候发现的",
        required=False,
        choices=list(FOUND.items()),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "请从选项里选"},
    )
    found_time = _line("几点", 20, type="time")

    def __init__(self, *args: Any, places: Sequence[Region] | None, now: datetime, **kwargs: Any) -> None:
        """`places`: where it may have been, for somebody without a file; None: a person is meant."""
        super().__init__(*args, **kwargs)
        self.now = timezone.localtime(now)
        self.warnings: list[str] = []
        if places is None:
            del self.fields["about"], self.fields["unit"]
            return
        choices = [("", "说不清"), *((unit.pk, unit.name) for unit in places)]
        self.fields["unit"].choices = choices  # type: ignore[attr-defined]
        if len(places) == 1:
            self.fields["unit"].initial = places[0].pk
            self.fields["unit"].widget = forms.HiddenInput()
        elif places and places[0].level == 3:
            self.fields["unit"].label = "哪个乡镇（街道）"

    def clean_key(self) -> UUID:
        return uuid_in(self.cleaned_data["key"]) or uuid4()

    def clean_visit(self) -> UUID | None:
        return uuid_in(self.cleaned_data["visit"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        self._drop_what_is_wrong(values)
        at = clock_time(values.get("called_at", ""))
        said = values.get("called_words", "")
        if at is None and values.get("called_at"):  # kept as it was written
            said = f"{values['called_at']} {said}".strip()
        written = f"{at:%H:%M}" if at else ""
        values["rows"] = [[number, written, said] for number in values.get("called") or []]
        if not values["rows"] and (written or said):
            values["rows"] = [["other", written, said]]
        values["found_at"] = self._found(values)
        if at and values["found_at"] and self._moment(self.now.date(), at) < values["found_at"]:
            self.warnings.append("打电话的时间比发现的时间早，请看看有没有写错")
        return values

    def _drop_what_is_wrong(self, values: dict[str, Any]) -> None:
        """What was chosen and is no choice (any more) is done without, and said: the rest is written down."""
        for name, nothing in (("unit", None), ("kind", ""), ("called", []), ("found", "")):
            if name not in self.errors:
                continue
            del self.errors[name]
            values[name] = nothing
            self.warnings.append(f"“{self.fields[name].label}”没有认出来，先没有记，可以写在经过里")
        if values.get("called") == [] and (said := self["called"].value()):
            values["called"] = [number for number in said if number in NUMBERS]

    def _moment(self, day: date, at: time) -> datetime:
        return timezone.make_aware(datetime.combine(day, at))

    def _found(self, values: dict[str, Any]) -> datetime | None:
        """When it was found; None: now."""
        when, at = values.get("found") or "now", clock_time(values.get("found_time", ""))
        if when == "yesterday":
            return self._moment(self.now.date() - timedelta(days=1), at or time(12, 0))
        if at is None:
            return None
        found = self._moment(self.now.date(), at)
        if found > self.now:
            self.warnings.append("发现的时间还没到，先按现在记")
            return None
        return found

    def values(self) -> dict[str, Any]:
        """As the service takes them, without the person and the visit."""
        values = self.cleaned_data
        return {
            "key": values["key"],
            "about": values.get("about", ""),
            "unit_id": values.get("unit"),
            "kind": values["kind"],
            "words": values["words"],
            "called": values["rows"],
            "found_at": values["found_at"],
        }


def initial_of(visit: Visit, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the record of a visit says already. `items`: code and words of its urgent answers, in order."""
    police = (visit.extra or {}).get("police") or {}
    kind = next((KIND_OF[item["code"]] for item in items if item["code"] in KIND_OF), "")
    if police and kind not in ("abuse", "minor"):
        kind = "abuse"
    said = "；".join(filter(None, ("、".join(item["words"] for item in items), visit.remark)))
    return {
        "visit": visit.uuid,
        "kind": kind,
        "words": said[:200],
        "called": ["110"] if police.get("told") else [],
        "called_words": police.get("words", "")[:60] if police.get("told") else "",
    }


class DetailsForm(forms.Form):
    """详细经过."""

    details = forms.CharField(
        label="详细经过",
        max_length=1000,
        help_text="几点、在哪里、怎么发现的，谁到了、怎么处理的。",
        widget=forms.Textarea(attrs={"rows": "4", "maxlength": "1000"}),
        error_messages={"required": "请写一写经过", "max_length": "最多1000个字"},
    )


class PoliceForm(forms.Form):
    """1-E E12: told, or why not."""

    police = forms.ChoiceField(
        label="报警了吗",
        choices=Emergency._meta.get_field("police").choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选报警了没有", "invalid_choice": "请选报警了没有"},
    )
    police_words = forms.CharField(
        label="几点报的、哪个派出所、警号；不用报警的写为什么",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "200"}),
        error_messages={"required": "报警的写时间、警号，不用报警的写为什么", "max_length": "最多200个字"},
    )


class CloseForm(forms.Form):
    """How it ended. A false alarm needs no details."""

    outcome = forms.CharField(
        label="结果",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": "2", "maxlength": "300"}),
        error_messages={"required": "请写一句结果", "max_length": "最多300个字"},
    )
    false_alarm = forms.BooleanField(
        label="虚惊一场", help_text="记录照样留着，经过可以不写。", required=False
    )


class ListFilter(forms.Form):
    """What stands in the address. Nonsense is left out."""

    which = forms.ChoiceField(required=False, choices=[(name, name) for name in WHICH])
    kind = forms.ChoiceField(required=False, choices=Emergency.Kind.choices)
    county = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    township = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    village = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    page = forms.IntegerField(required=False, min_value=1, max_value=9999)

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        found = {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}
        found.setdefault("which", OPEN)
        return found
