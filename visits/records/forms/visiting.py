"""The visit form: six areas, answered by one button or item by item; nothing typed is ever dropped."""

from datetime import date
from typing import Any

from django import forms

from visits.records.asking import MINOR, Asked
from visits.records.assessment import NOT_SEEN, Answers, Area, Item, Judgement, judge
from visits.records.forms import beside, seasons
from visits.records.forms.days import DayForm
from visits.records.forms.fields import AGAIN, pick, text, ticks
from visits.records.models import Met, Mode
from visits.records.open_rows import ANSWERS

MODES = [("home", "上门"), ("phone", "电话"), ("video", "视频"), ("more", "别的")]
MORE_MODES = [(mode.value, mode.label) for mode in (Mode.WECHAT, Mode.INSTITUTION, Mode.HOSPITAL, Mode.OTHER)]
NOT_MET = "none"
BLIND_REASON = "phone"


# Of these a telephone says nothing: one tick, so that nobody invents three answers.
BLIND_AREAS = ("safety", "hygiene")
# E8: who lies in hospital is not at home; what belongs to the home is not seen.
HOSPITAL_AREAS = ("safety", "hygiene", "dwelling")


class VisitForm(DayForm):
    """`body` holds the clean values for `services.submit` once the form is valid, `judged` what they mean."""

    key = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": "请刷新页面", "invalid": "请刷新页面"}
    )
    last = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36, error_messages=AGAIN)
    replaces = forms.UUIDField(widget=forms.HiddenInput, required=False, error_messages=AGAIN)
    mode = pick("怎么访的", MODES, required=True)
    mode_more = pick(
        "是哪一种",
        MORE_MODES,
        help_text="医院内的，安全、卫生、居住和季节都不用填；机构内的，看他住的那一间。",
    )
    met = forms.ChoiceField(
        label="见到本人了吗",
        widget=forms.RadioSelect,
        error_messages={"required": "请选见到谁了", "invalid_choice": "请重新选见到谁了"},
    )
    contact_month = forms.TypedChoiceField(
        label="最近一次联系是几月",
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", "请选"), *((str(n), f"{n}月") for n in range(1, 13))],
        error_messages=AGAIN,
    )
    phrases = ticks("今天做了什么", [])
    remark = text("写几句", 500)
    private = forms.BooleanField(
        label="不便在村里公开", help_text="只报乡镇和县，村里的单子上看不到。", required=False
    )
    companions = forms.CharField(
        label="同行人",
        required=False,
        max_length=60,
        help_text="一起去的人，名字之间用顿号隔开。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "max_length": "最多写60个字",
            "null_characters_not_allowed": "有看不见的字符，请重新写",
        },
    )
    report = pick("报给民政办？", [("yes", "报给民政办"), ("no", "先不报")], initial="yes")
    second = forms.BooleanField(label="那天确实去了两次，这次单独记", required=False)
    after_death = forms.BooleanField(label="确实是那天去的，请民政办核对", required=False)
    void_reason = forms.CharField(
        label="为什么要改",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "max_length": "最多写100个字",
            "null_characters_not_allowed": "有看不见的字符，请重新写",
        },
    )

    def __init__(self, *args: Any, asked: Asked, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        self.body: dict[str, Any] | None = None
        self.judged: Judgement | None = None
        self.set_days(asked.today, asked.afternoon)
        self._set_meeting()
        for area in asked.areas:
            self._add_area(area)
        if asked.tekun:
            self._add_care()
        beside.add_known(self)
        beside.add_end(self)
        if asked.visitors:
            self.fields["visitor"] = forms.TypedChoiceField(
                label="谁去的",
                coerce=int,
                empty_value=None,
                required=False,
                choices=[("", "我自己"), *((str(pk), name) for pk, name in asked.visitors)],
                error_messages={"invalid_choice": "请从名单里选一位"},
            )
        day = self.probable_day()
        self.blocks = asked.blocks_on(day)
        for code in self.blocks:
            seasons.add_block(self, code)
        beside.add_house(self)
        self.rounds = asked.rounds_on(day)
        for row in self.rounds:
            if row.questions:
                self.fields[row.field] = ticks(
                    "是的点一下", [(str(n), words) for n, words in enumerate(row.questions)]
                )
        if asked.photos:
            kept = [(str(photo.uuid), f"第{n}张不要了") for n, photo in enumerate(asked.photos, start=1)]
            self.fields["left_photos"] = ticks("原来的照片", kept)
            self.fields["left_photos"].widget.attrs["class"] = "form-check-input"
        for open_row in asked.open_rows:
            self.fields[open_row.field] = pick(open_row.say, ANSWERS)
        running = self.blocks[0] if self.blocks else None
        self.fields["phrases"].choices = [(p.code, p.words) for p in asked.form.phrases_for(running)]  # type: ignore[attr-defined]

    def _set_meeting(self) -> None:
        met = [("self", "见到本人"), (NOT_MET, "没见到")]
        if not self.asked.self_only:
            met[1:1] = [("proxy", "家人代述"), ("away", Met.AWAY.label)]
        self.fields["met"].choices = met  # type: ignore[attr-defined]
        mode, more = ("more", "institution") if self.asked.institution else ("home", None)
        self.fields["mode"].initial, self.fields["mode_more"].initial = mode, more

    def choices_of(self, area: Area) -> list[tuple[str, str]]:
        """The two buttons of an area; none for safety, which is always looked at."""
        if area.code == "safety":
            return []
        if area.code == "family":
            return [("good", "都无变化"), ("changed", "有变化")]
        if self.asked.can_copy(area):
            return [("same", "与上次一致"), ("changed", "有变化")]
        known = any(item.code in self.asked.known_values for item in area.items)
        good = "都好" if area.code == MINOR else "别的都好" if known else "三项都好"
        return [("good", good), ("changed", "逐项选")]

    def _add_area(self, area: Area) -> None:
        choices = self.choices_of(area)
        if area.code in BLIND_AREAS:
            choices = [*choices, ("unseen", "三项都没问到")]
        self.fields[f"area_{area.code}"] = pick(area.label, choices)
        for item in area.items:
            self.fields[item.code] = forms.TypedChoiceField(
                label=item.label,
                coerce=int,
                empty_value=None,
                required=False,
                choices=[(str(option.value), option.words) for option in item.options],
                error_messages={"invalid_choice": f"“{item.label}”没有这一项，请重新选"},
            )
            self.fields[f"unseen_{item.code}"] = forms.ChoiceField(
                label=item.label,
                required=False,
                choices=[("", "看了"), *((r.code, r.words) for r in self.asked.form.reasons)],
                error_messages=AGAIN,
            )
            self.fields[f"note_{item.code}"] = text(f"{item.label}：怎么回事", 200)

    def _add_care(self) -> None:
        if self.asked.last_care:
            choices = [("same", "与上次一致"), ("changed", "有变化")]
        else:
            choices = [("good", "6样都能"), ("changed", "有做不了的")]
        self.fields["area_self_care"] = pick("自己照料自己", choices)
        self.fields["care_lost"] = ticks("哪几样做不了", list(self.asked.form.self_care))

    def probable_day(self) -> date:
        """The day the page is about, as far as it can be read before anything was checked."""
        try:
            on = date.fromisoformat(str(self["on"].value() or ""))
        except ValueError:
            on = None
        try:
            shown = date.fromisoformat(str(self["shown_on"].value() or ""))
        except ValueError:
            shown = None
        day, _ = self.resolve(str(self["day"].value()), on, shown, self.asked.today)
        return day or self.asked.today

    # from here on: a POST

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        day, part = self.clean_days(values, self.asked.today)
        mode, met = self._mode(values), self._met(values)
        answers = self._answers(values, mode)
        self.said = beside.read_known(self, values, answers, day)
        blocks = [found for code in self.blocks if (found := seasons.read_block(self, code, values, mode))]
        care = self._care(values)
        if values.get("private") and not values.get("remark"):
            self.add_error("remark", "勾了“不便在村里公开”，请写几句是什么情况")
        if values.get("replaces") and not values.get("void_reason"):
            self.add_error("void_reason", "请写一句为什么要改")
        # Whoever forgot this one question hears of the others at once too.
        if mode and (met or not self.data.get("met")):
            self._judge(answers, mode, met or Met.SELF)
        more = {
            "police": beside.read_police(self, values, self.judged),
            "dwelling": beside.read_house(self, values, mode),
            "needs": values.get("needs") or [],
            "known": dict(self.said.body),
            "known_again": sorted(self.said.again),
            "care_failed": sorted(self.said.failed),
        }
        if not self.errors:
            self.body = self._body(values, day, part, mode, met, blocks, care) | more
        return values

    def _mode(self, values: dict[str, Any]) -> str:
        if values.get("mode") != "more":
            return values.get("mode", "")
        if not values.get("mode_more"):
            self.add_error("mode_more", "请选是哪一种")
        return values.get("mode_more", "")

    def _met(self, values: dict[str, Any]) -> str:
        met = values.get("met", "")
        if met == NOT_MET:
            self.add_error("met", "没见到本人，不算访到。请点下面的“记一次没见到”。")
            return ""
        if met == "away" and not values.get("contact_month"):
            self.add_error("contact_month", "请选最近一次联系是几月")
        return met

    def _answers(self, values: dict[str, Any], mode: str) -> Answers:
        """Buttons first, then what was chosen item by item. A button beats items that were left from before."""
        found: dict[str, int] = {}
        reasons: dict[str, str] = {}
        for area in self.asked.areas:
            choice = values.get(f"area_{area.code}")
            if mode == Mode.HOSPITAL and area.code in HOSPITAL_AREAS:
                choice = Mode.HOSPITAL
            base = self._base(area, choice, mode) | beside.affirmed(self, values, area, choice)
            picked = 0
            for item in area.items:
                value, reason = values.get(item.code), values.get(f"unseen_{item.code}")
                if choice in ("same", "good") and item.code in base:
                    continue
                if reason:
                    base[item.code], reasons[item.code] = NOT_SEEN, reason
                    picked += 1
                elif value is not None:
                    base[item.code] = value
                    reasons.pop(item.code, None)
                    picked += 1
                elif base.get(item.code) == NOT_SEEN:
                    reasons[item.code] = Mode.HOSPITAL if choice == Mode.HOSPITAL else BLIND_REASON
            if choice == "changed" and not picked and not self._invalid(area):
                self.add_error(f"area_{area.code}", f"{area.label}：请点出是哪一项")
            found |= base
        return Answers(found, reasons)

    def _base(self, area: Area, choice: str | None, mode: str) -> dict[str, int]:
        if choice == "good":
            return self.asked.good(area)
        if choice in ("unseen", Mode.HOSPITAL):
            return {item.code: NOT_SEEN for item in area.items}
        if choice in ("same", "changed"):
            # What nobody touched in an area with a change is as it was; the page says so item by item.
            return self.asked.copied(area, mode or "home")
        return {}

    def _invalid(self, area: Area) -> bool:
        return any(item.code in self.errors or f"unseen_{item.code}" in self.errors for item in area.items)

    def _care(self, values: dict[str, Any]) -> dict[str, bool] | None:
        if not self.asked.tekun:
            return None
        choice, lost = values.get("area_self_care"), values.get("care_lost") or []
        codes = [code for code, _ in self.asked.form.self_care]
        if choice == "same" and self.asked.last_care:
            return {code: bool(self.asked.last_care.get(code, True)) for code in codes}
        if choice == "changed" or (not choice and lost):
            if not lost and not self.asked.last_care:
                self.add_error("care_lost", "请点出哪几样做不了")
            return {code: code not in lost for code in codes}
        if choice == "good":
            return dict.fromkeys(codes, True)
        if values.get("met") != "away" and "area_self_care" not in self.errors:
            self.add_error("area_self_care", "还没选，特困人员每次都要看")
        return None

    def _judge(self, answers: Answers, mode: str, met: str) -> None:
        judged = judge(
            self.asked.form,
            answers,
            self.asked.last_values or None,
            mode,
            met,
            minor=self.asked.minor,
            known=self.said.known(self.asked),
            failed=self.said.failed,
        )
        for code, sentence in judged.errors.items():
            self.add_error(code, sentence)
        for area in self.asked.areas:
            missing = [
                item for item in area.items if item.code in judged.missing and item.code not in self.errors
            ]
            self._say_missing(area, missing)
        self.judged = judged

    def _say_missing(self, area: Area, missing: list[Item]) -> None:
        name = f"area_{area.code}"
        if not missing or name in self.errors:
            return
        always = {item.code for item in self.asked.always(area)}
        if self.choices_of(area) and not self.cleaned_data.get(name) and len(missing) == len(area.items):
            self.add_error(name, f"{area.label}还没选")
            missing = [item for item in missing if item.code in always]
        for item in missing:
            afresh = "每次都要现看，" if "safety" in item.flags else ""
            self.add_error(item.code, f"{item.label}：{afresh}请选一个")

    def _body(
        self,
        values: dict[str, Any],
        day: date | None,
        part: str,
        mode: str,
        met: str,
        blocks: list[dict[str, Any]],
        care: dict[str, bool] | None,
    ) -> dict[str, Any]:
        assert self.judged is not None
        private = values.get("private")
        return {
            "visited_on": day,
            "part_of_day": part,
            "mode": mode,
            "met": met,
            "contact_month": values.get("contact_month") if met == "away" else None,
            "values": dict(self.judged.values),
            "reasons": dict(self.judged.reasons),
            "notes": {
                item.code: note
                for area in self.asked.areas
                for item in area.items
                if (note := values.get(f"note_{item.code}"))
            },
            "season": blocks[0] if blocks else None,
            "more_seasons": blocks[1:],
            "rounds": {row.uuid: sorted(int(n) for n in values.get(row.field) or []) for row in self.rounds},
            "self_care": care,
            "phrases": values.get("phrases") or [],
            "remark": "" if private else values.get("remark", ""),
            "private_note": values.get("remark", "") if private else "",
            "companions": values.get("companions", ""),
            "visitor_id": values.get("visitor"),
            "report": values.get("report") != "no",
            "second": bool(values.get("second")),
            "after_death": bool(values.get("after_death")),
            "replaces": values.get("replaces"),
            "void_reason": values.get("void_reason", ""),
            "left_photos": sorted(values.get("left_photos") or []),
            "open_rows": {row.code: told for row in self.asked.open_rows if (told := values.get(row.field))},
        }
