"""One row of a filled sheet, typed by keyboard: short keys, in the order of the paper.

It knows no rule of its own: keys become the fields of the visit form (or of the form of a try), and whatever that
form says stands at the key field it concerns.
"""

import re
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from visits.records.asking import FIRST, Asked
from visits.records.assessment import NOT_SEEN, Area, Item
from visits.records.forms import typing_more, typing_numbers, typing_season
from visits.records.forms.attempting import AttemptForm
from visits.records.forms.beside import may_last
from visits.records.forms.fields import AGAIN
from visits.records.forms.keys import day_of, key_field
from visits.records.forms.visiting import BLIND_AREAS, BLIND_REASON, VisitForm
from visits.records.outcomes import GONE, OUTCOMES

MODES = {"1": "home", "2": "phone", "3": "video", "4": "wechat", "5": "institution", "6": "hospital"}
DIRECT = ("home", "phone", "video")
METS = {"1": "self", "2": "proxy", "3": "away"}
NOT_MET = "4"
OUTCOME_KEYS = {
    str(n): code for n, code in enumerate((code for code in OUTCOMES if code not in GONE), start=1)
}
HIDDEN = ("key", "last", "visitor", "sheet_on", "numbered", "second")
WHOLE = "这一行写不下，请点“整张填”"
CHANGE = re.compile(r"^[1-9][1-9][0-9]$")
UNSEEN = re.compile(r"^[1-9]9$")


class RowForm(forms.Form):
    """`visit` or `attempt` is the valid form of the record once this one is valid."""

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages=AGAIN)
    last = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36, error_messages=AGAIN)
    visitor = forms.IntegerField(widget=forms.HiddenInput, required=False, error_messages=AGAIN)
    sheet_on = forms.DateField(widget=forms.HiddenInput, required=False, error_messages=AGAIN)
    numbered = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=1000, error_messages=AGAIN
    )
    second = forms.BooleanField(label="那天确实去了两次", required=False, widget=forms.CheckboxInput)

    def __init__(
        self, *args: Any, asked: Asked, me: int, sheet_on: date | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.asked, self.today, self.me = asked, asked.today, me
        self.visit: VisitForm | None = None
        self.attempt: AttemptForm | None = None
        self.same_day = False
        self.fields["on"] = key_field("哪天", 10, "同上面的日子就不填")
        self.fields["mode"] = key_field(
            "方式", 1, "1上门 2电话 3视频 4微信 5机构内 6医院内；不填是上门", one=True
        )
        self.fields["met"] = key_field("见到", 1, "1本人 2家人 3在外 4没见到", one=True)
        outcomes = " ".join(f"{key}{OUTCOMES[code].words}" for key, code in OUTCOME_KEYS.items())
        self.fields["outcome"] = key_field("怎么没见到", 1, outcomes, one=True)
        self.fields["month"] = key_field("几月联系过", 2)
        self.fields["areas"] = key_field("六个方面", 60, "0和上次一样（头一次是都好）；有变的照编码")
        self.safety = next(area for area in asked.areas if area.code == "safety")
        self.fields["safety"] = key_field(
            "安全",
            len(self.safety.items),
            "、".join(item.label for item in self.safety.items) + "各一个数",
            one=True,
        )
        self.afresh = [item for area in self.rated for item in asked.always(area)]
        if self.afresh:
            labels = "、".join(item.label for item in self.afresh)
            self.fields["afresh"] = key_field(labels, len(self.afresh), "不沿用上次的", one=True)
        if asked.tekun:
            self.fields["care"] = key_field("自理", 6, "0一样或都能；做不了的写1到6")
        typing_more.add_due(self)
        typing_season.add(self, self.day(sheet_on) or self.today)
        self.fields["report"] = key_field("报", 1, "有变化的：不填就报，0先不报")
        self.fields["remark"] = forms.CharField(
            label="写几句",
            required=False,
            max_length=500,
            widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "500"}),
            error_messages={
                "max_length": "最多500个字",
                "null_characters_not_allowed": "有看不见的字符，请重新写",
            },
        )
        typing_more.add_more(self)

    @property
    def shown(self) -> list[forms.BoundField]:
        """The key fields in the order of the paper."""
        return [self[name] for name in self.fields if name not in (*HIDDEN, *typing_more.NAMES)]

    @property
    def more(self) -> list[tuple[forms.BoundField, bool]]:
        """What is asked for seldom, below the row, and whether it needs room."""
        return [(self[name], name in typing_more.WIDE) for name in typing_more.NAMES if name in self.fields]

    @property
    def unfolded(self) -> bool:
        """Whether something was typed there, or is wrong there."""
        return self.is_bound and any(
            field.errors or (field.value() or "") != (field.field.initial or "") for field, _ in self.more
        )

    @property
    def numbered_now(self) -> str:
        """What the numbered keys mean on the page that is shown, whatever the page before it meant."""
        return typing_numbers.numbered(self.asked)

    @property
    def above(self) -> list[str]:
        """What is wrong and belongs to no field one can see."""
        hidden = [words for name in HIDDEN for words in self.errors.get(name, [])]
        return [*self.non_field_errors(), *dict.fromkeys(hidden)]

    @property
    def rated(self) -> list[Area]:
        """The areas of the key field “六个方面” in their order: its first digit."""
        return [area for area in self.asked.areas if area.code != "safety"]

    def day(self, sheet_on: date | None = None) -> date | None:
        """The day of this row as far as it can be read."""
        if not self.is_bound:
            return day_of(str(self.initial.get("on") or ""), sheet_on, self.today)
        try:
            sheet = date.fromisoformat(str(self.data.get(self.add_prefix("sheet_on")) or ""))
        except ValueError:
            sheet = sheet_on
        return day_of(str(self.data.get(self.add_prefix("on")) or "")[:20], sheet, self.today)

    # from here on: a POST

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        typing_numbers.check(self, values)
        on = self.day()
        if on is None:
            self.add_error("on", "请写哪天去的，例如24或1124；半年以前的写全，2026-04-02")
        elif on > self.today:
            self.add_error("on", "日期晚于今天，请核对")
        if not values.get("visitor"):
            self.add_error(None, "没有巡访人，请在最上面选是谁去的")
        mode = MODES.get(values.get("mode") or "1")
        if mode is None:
            self.add_error("mode", "写1到6")
        met = values.get("met")
        if met not in (*METS, NOT_MET):
            self.add_error("met", "写1本人、2家人、3在外或4没见到")
        elif met == NOT_MET:
            self._attempt(values, on, mode or "home")
        elif mode is not None:
            self._visit(values, on, mode, METS[met])
        return values

    def _shared(self, values: dict[str, Any], on: date | None) -> QueryDict:
        data = QueryDict(mutable=True)
        data["key"], data["day"] = str(values.get("key") or ""), "other"
        data["on"], data["shown_on"] = on.isoformat() if on else "", self.today.isoformat()
        visitor = values.get("visitor")
        data["visitor"] = str(visitor) if visitor and visitor != self.me else ""
        return data

    def _attempt(self, values: dict[str, Any], on: date | None, mode: str) -> None:
        outcome = OUTCOME_KEYS.get(values.get("outcome") or "")
        if outcome is None:
            self.add_error("outcome", f"写1到{len(OUTCOME_KEYS)}；去世、迁出的请点“整张填”")
            return
        data = self._shared(values, on)
        data["outcome"], data["mode"] = (
            outcome,
            "home" if mode not in ("phone", "video", "wechat") else "phone",
        )
        data["note"] = values.get("remark", "")
        typing_more.fill_companions(self, data, values)
        typing_more.refuse_lasting(self, values)
        if typing_more.is_private(self, values):
            self.add_error("private", "没见到的记录村里看得到，不便公开的话请不要写在这里")
        form = AttemptForm(
            data, today=self.today, afternoon=self.asked.afternoon, visitors=self.asked.visitors
        )
        if form.is_valid():
            self.attempt = form
        else:
            self._take_errors(form)

    def _visit(self, values: dict[str, Any], on: date | None, mode: str, met: str) -> None:
        data = self._shared(values, on)
        data["last"] = values.get("last") or (str(self.asked.last.uuid) if self.asked.last else FIRST)
        data["mode"], data["mode_more"] = (mode, "") if mode in DIRECT else ("more", mode)
        data["met"], data["contact_month"] = met, values.get("month", "")
        data["remark"], data["report"] = (
            values.get("remark", ""),
            "no" if values.get("report") == "0" else "yes",
        )
        if values.get("second"):
            data["second"] = "on"
        known = VisitForm(asked=self.asked)
        self._areas(data, known, values.get("areas", ""))
        self._safety(data, values.get("safety", ""), mode)
        self._afresh(data, values.get("afresh", ""))
        self._care(data, values.get("care", ""))
        typing_season.fill(self, data, values, on or self.today)
        typing_more.fill(self, data, values, on)
        form = VisitForm(data, asked=self.asked)
        valid = form.is_valid()
        typing_more.check(self, form, values)
        if valid and form.body is not None and not self.errors:
            self.visit = form
        elif not valid:
            self._take_errors(form)

    def _areas(self, data: QueryDict, known: VisitForm, typed: str) -> None:
        words = typed.replace("，", " ").replace(",", " ").split()
        if not words:
            return
        changed: dict[str, dict[str, int]] = {}
        unseen = set()
        for word in words:
            area = self._area(word)
            if word == "0":
                continue
            if area is not None and UNSEEN.match(word) and area.code in BLIND_AREAS:
                unseen.add(area.code)
            elif area is not None and CHANGE.match(word) and (found := _answer(area, word)) is not None:
                changed.setdefault(area.code, {})[found[0].code] = found[1]
            else:
                self.add_error("areas", f"“{word}”不是编码，请看编码表")
                return
        for area in self.rated:
            name = f"area_{area.code}"
            if area.code in unseen:
                data[name] = "unseen"
            elif area.code not in changed:
                data[name] = known.choices_of(area)[0][0]
            else:
                data[name] = "changed"
                self._changed(data, area, changed[area.code])

    def _changed(self, data: QueryDict, area: Area, answers: dict[str, int]) -> None:
        """What was circled; the rest of the area is as last time, or the first time all right."""
        always = {item.code for item in self.asked.always(area)}
        rest = {} if self.asked.can_copy(area) or area.code == "family" else self.asked.good(area)
        for code, value in (rest | answers).items():
            if code in answers or code not in always:
                data[code] = str(value)

    def _area(self, word: str) -> Area | None:
        first = word[:1]
        return self.rated[int(first) - 1] if first.isdecimal() and 0 < int(first) <= len(self.rated) else None

    def _safety(self, data: QueryDict, typed: str, mode: str) -> None:
        if not typed:
            return
        if typed == str(NOT_SEEN) * len(self.safety.items):
            data["area_safety"] = "unseen"
            return
        for item, digit in zip(self.safety.items, typed, strict=False):
            if digit == str(NOT_SEEN) and mode in ("phone", "video", "wechat"):
                data[f"unseen_{item.code}"] = BLIND_REASON
            elif digit.isdecimal() and item.option(int(digit)) is not None:
                data[item.code] = digit
            else:
                say = (
                    "没看到的要写原因，请点“整张填”"
                    if digit == str(NOT_SEEN)
                    else f"{item.label}没有“{digit}”"
                )
                self.add_error("safety", say)

    def _afresh(self, data: QueryDict, typed: str) -> None:
        for item, digit in zip(self.afresh, typed, strict=False):
            if digit.isdecimal() and int(digit) < len(item.options):
                data[item.code] = str(item.options[int(digit)].value)
            else:
                self.add_error("afresh", f"{item.label}没有“{digit}”")

    def _care(self, data: QueryDict, typed: str) -> None:
        if not self.asked.tekun or not typed:
            return
        codes = [code for code, _ in self.asked.form.self_care]
        if typed == "0":
            data["area_self_care"] = "same" if self.asked.last_care else "good"
        elif all(digit.isdecimal() and 0 < int(digit) <= len(codes) for digit in typed):
            data["area_self_care"] = "changed"
            data.setlist("care_lost", [codes[int(digit) - 1] for digit in dict.fromkeys(typed)])
        else:
            self.add_error("care", "写0，或做不了的编号1到6")

    def _take_errors(self, form: forms.Form) -> None:
        """What the whole form says, at the key field it concerns; what has no place here, above the row."""
        for name, errors in form.errors.items():
            place = self.place(name)
            if place in self.errors:
                continue
            words = "；".join(errors)
            self.add_error(place, words if place else f"{words}（{WHOLE}）")

    def place(self, name: str) -> str | None:
        """The key field at which something about a field of the whole form is said."""
        if name in self.fields:
            return name
        for other in (typing_more.place_of(name), typing_season.place_of(name)):
            if other in self.fields:
                return other
        afresh = {item.code for item in self.afresh}
        safety = {"area_safety", *(item.code for item in self.safety.items)}
        bare = name.removeprefix("unseen_").removeprefix("note_")
        if bare in afresh:
            return "afresh"
        if bare in safety:
            return "safety"
        if name.startswith("area_self_care") or name == "care_lost":
            return "care" if "care" in self.fields else None
        if name.startswith("area_") or bare in {item.code for area in self.rated for item in area.items}:
            return "areas"
        return {"day": "on", "on": "on", "mode_more": "mode", "contact_month": "month", "note": "remark"}.get(
            name
        )


def _answer(area: Area, word: str) -> tuple[Item, int] | None:
    """Second digit: which item of the area; third: which of its answers, the first being 0."""
    item, option = int(word[1]) - 1, int(word[2])
    if item >= len(area.items) or option >= len(area.items[item].options):
        return None
    return area.items[item], area.items[item].options[option].value


def codes_of(areas: list[Area]) -> list[dict[str, Any]]:
    """The table of codes: for each area and item, the keys and what they mean."""
    return [
        {
            "name": area.label,
            "rows": [
                {
                    "label": item.label,
                    "key": f"{n}{m}" if may_last(item) else "",
                    "codes": [
                        {"key": f"{n}{m}{position}", "words": option.words}
                        for position, option in enumerate(item.options)
                    ],
                }
                for m, item in enumerate(area.items, start=1)
            ],
        }
        for n, area in enumerate(areas, start=1)
    ]
