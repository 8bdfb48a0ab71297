"""A new version of the form's wording, as plain fields: nobody edits stored data by hand."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django import forms

from visits.records.assessment import Form, FormError, load
from visits.records.forms.fields import AGAIN
from visits.records.rewording import (
    NEW_PHRASES,
    SEASONS,
    USES,
    items_of,
    level_words,
    reworded,
    use_of,
    used_values,
)

LABEL, WORDS, PHRASE = 20, 40, 12
TAKEN = "这一级已经加满了，不能再加"


def words_field(label: str, limit: int, *, required: bool = True, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=limit,
        widget=forms.TextInput(attrs={"autocomplete": "off", "aria-label": label}),
        error_messages={
            "required": f"{label}：不能空着",
            "max_length": f"{label}：最多{limit}个字",
            "null_characters_not_allowed": "有看不见的字符，请重新写",
        },
        **more,
    )


def choice_field(label: str, choices: Mapping[str, str]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=list(choices.items()),
        widget=forms.Select(attrs={"aria-label": label}),
        error_messages=AGAIN,
    )


class WordingForm(forms.Form):
    """`definition` holds the new wording once the form is valid, `wording` the same, read."""

    starts_on = forms.DateField(
        label="从哪天起用",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请填从哪天起用", "invalid": "日期不对，请写成2027-01-01这样"},
    )
    document_no = words_field("文号", 60, required=False)
    summary = words_field("改了什么", 200, help_text="写给填表的人看，例如“收入一项加了‘外出打工收入’”。")

    def __init__(
        self,
        *args: Any,
        base: Mapping[str, Any],
        every: Iterable[Mapping[str, Any]],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.base, self.today = base, today
        self.every = list(every)
        self.old: Form = load(base)
        self.definition: dict[str, Any] | None = None
        self.wording: Form | None = None
        self.fields["starts_on"].widget.attrs["min"] = (today + timedelta(days=1)).isoformat()
        for item in items_of(base):
            self._add_item(item)
        self._add_phrases()
        for reason in base["reasons"]:
            self._add(f"reason-{reason['code']}-words", words_field(reason["words"], LABEL), reason["words"])
        for block in base["seasons"]:
            self._add_block(block)

    def _add(self, name: str, field: forms.Field, initial: Any = None) -> None:
        self.fields[name] = field
        field.initial = initial

    def _add_item(self, item: Mapping[str, Any]) -> None:
        code, label = item["code"], item["label"]
        self._add(f"{code}-label", words_field(f"“{label}”的名称", LABEL), label)
        flags = {"copyable": "可以点“与上次一致”", "seen": "要看了才知道，电话里算自述"}
        for flag, words in flags.items():
            if flag == "copyable" and set(item["flags"]) & {"change", "safety"}:
                continue
            self._add(
                f"{code}-{flag}", forms.BooleanField(label=words, required=False), flag in item["flags"]
            )
        for option in item["options"]:
            value = option["value"]
            name = f"{label}的{level_words(value, self.old.level_words)}选项“{option['words']}”"
            self._add(f"{code}-{value}-words", words_field(name, WORDS), option["words"])
            uses = {use: words for use, words in USES.items() if use != "off" or value != 0}
            self._add(f"{code}-{value}-use", choice_field(f"{name}怎么用", uses), use_of(option["flags"]))
        levels = {str(level): self.old.level_words[level] for level in (1, 2, 3)}
        self._add(f"{code}-new-words", words_field(f"{label}加一个选项", WORDS, required=False))
        self._add(f"{code}-new-level", choice_field(f"{label}新选项的级别", levels), "1")
        self._add(
            f"{code}-new-use",
            choice_field(f"{label}新选项怎么用", {use: words for use, words in USES.items() if use != "off"}),
        )

    def _add_phrases(self) -> None:
        for phrase in self.base["phrases"]:
            name = f"phrase-{phrase['code']}"
            self._add(f"{name}-words", words_field(f"“{phrase['words']}”", PHRASE), phrase["words"])
            self._add(
                f"{name}-season",
                choice_field(f"“{phrase['words']}”什么时候", SEASONS),
                phrase["season"] or "",
            )
            self._add(f"{name}-off", forms.BooleanField(label="停用", required=False))
        for n in range(1, NEW_PHRASES + 1):
            self._add(f"phrase-new{n}-words", words_field("加一句", PHRASE, required=False))
            self._add(f"phrase-new{n}-season", choice_field("加的一句什么时候", SEASONS))

    def _add_block(self, block: Mapping[str, Any]) -> None:
        for question in block["questions"]:
            name = f"{block['code']}-{question['code']}"
            self._add(
                f"{name}-label",
                words_field(f"{block['label']}：{question['label']}", LABEL),
                question["label"],
            )
            for option in question["options"]:
                self._add(
                    f"{name}-{option['value']}-words",
                    words_field(f"{question['label']}的选项“{option['words']}”", WORDS),
                    option["words"],
                )

    # what the page draws

    @property
    def head(self) -> list[forms.BoundField]:
        return [self[name] for name in ("starts_on", "document_no", "summary")]

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The areas, and the items about minors: each with its items as rows of fields."""
        groups = [(area["code"], area["label"], area["items"]) for area in self.base["areas"]]
        groups.append(("minor", "孩子的情况", self.base["minor"]))
        return [
            {
                "code": code,
                "label": label,
                "rows": [self._item_row(item) for item in rows],
                "open": any(self._wrong(item["code"]) for item in rows),
            }
            for code, label, rows in groups
        ]

    def _item_row(self, item: Mapping[str, Any]) -> dict[str, Any]:
        code = item["code"]
        return {
            "label": self[f"{code}-label"],
            "name": item["label"],
            "flags": [
                self[name] for flag in ("copyable", "seen") if (name := f"{code}-{flag}") in self.fields
            ],
            "always": "每次都要现看"
            if "safety" in item["flags"]
            else "问有没有变化"
            if "change" in item["flags"]
            else "",
            "options": [
                {
                    "level": level_words(option["value"], self.old.level_words),
                    "words": self[f"{code}-{option['value']}-words"],
                    "use": self[f"{code}-{option['value']}-use"],
                }
                for option in item["options"]
            ],
            "new": {
                "words": self[f"{code}-new-words"],
                "level": self[f"{code}-new-level"],
                "use": self[f"{code}-new-use"],
            },
        }

    @property
    def phrases(self) -> list[dict[str, Any]]:
        names = [f"phrase-{phrase['code']}" for phrase in self.base["phrases"]]
        rows = [
            {"words": self[f"{n}-words"], "season": self[f"{n}-season"], "off": self[f"{n}-off"]}
            for n in names
        ]
        for n in range(1, NEW_PHRASES + 1):
            rows.append({"words": self[f"phrase-new{n}-words"], "season": self[f"phrase-new{n}-season"]})
        return rows

    @property
    def others(self) -> list[dict[str, Any]]:
        """The seasons, and the reasons for what was not seen: words only."""
        found = [
            {
                "label": block["label"],
                "fields": [self[name] for name in self.fields if name.startswith(f"{block['code']}-")],
                "open": self._wrong(block["code"]),
            }
            for block in self.base["seasons"]
        ]
        fields = [self[name] for name in self.fields if name.startswith("reason-")]
        return [*found, {"label": "没看到的原因", "fields": fields, "open": self._wrong("reason")}]

    @property
    def phrases_open(self) -> bool:
        return self._wrong("phrase")

    def _wrong(self, code: str) -> bool:
        return any(name.startswith(f"{code}-") for name in self.errors)

    # from here on: a POST

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"]
        if day <= self.today:
            raise forms.ValidationError("最早从明天起用，今天的表有人正在填")
        if day > self.today + timedelta(days=366):
            raise forms.ValidationError("一年以内起用，请核对年份")
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        used = used_values(self.every)
        phrases = {phrase["code"] for one in self.every for phrase in one["phrases"]}
        made = reworded(self.base, values, used, phrases)
        for item in items_of(made):
            words = values.get(f"{item['code']}-new-words")
            if words and all(option["words"] != words for option in item["options"]):
                self.add_error(f"{item['code']}-new-words", TAKEN)
        try:
            self.wording = load(made)
        except FormError as error:
            self.add_error(self._place(made, str(error)), str(error))
        else:
            self.definition = made
            if made == self.base:
                self.add_error(None, "一个字也没有改，不用出新的一版")
        return values

    def _place(self, made: Mapping[str, Any], sentence: str) -> str | None:
        """The field that a sentence about a wording concerns: it names the item."""
        for item in items_of(made):
            if f"“{item['label']}”" in sentence:
                return f"{item['code']}-label"
        if "今天做了什么" in sentence:
            return f"phrase-{self.base['phrases'][0]['code']}-words"
        return None
