"""What the visit form asks beside its items: lasting states (P15), the house (P13), needs, the police (E12).

Functions over the form: each adds its fields, or reads them as a part of the body of `services.submit`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django import forms

from visits.records.asking import Asked
from visits.records.assessment import Answers, Area, Item, Judgement, may_be_known, with_declared
from visits.records.forms.fields import pick, ticks
from visits.records.needs import NEEDS
from visits.records.services.beside import POLICE_FIRST
from visits.records.services.knowing import LONGEST, half_a_year
from visits.roster.forms.dwelling import NONE, RISKS, clean_risks, helper_fields
from visits.roster.models import Dwelling

HELPER = ("helper", "helper_phone", "refuge")


class Page(Protocol):
    """The visit form, as far as these functions need it."""

    asked: Asked
    blocks: tuple[str, ...]
    fields: dict[str, forms.Field]
    errors: Any

    def add_error(self, field: str | None, error: Any) -> None: ...


@dataclass(frozen=True)
class Said:
    """`declared`: said to be lasting, item → value; `failed`, `again`: of what was known."""

    declared: Mapping[str, int]
    failed: frozenset[str]
    again: frozenset[str]
    body: Mapping[str, Any]

    def known(self, asked: Asked) -> dict[str, int]:
        """What counts as known for this visit."""
        return with_declared(asked.known_values, self.declared, asked.last_values or None)


def may_last(item: Item) -> bool:
    """Whether an item has an answer that can be a lasting state."""
    return any(may_be_known(item, option.value) for option in item.options)


def add_known(form: Page) -> None:
    """Two ticks for what is known; a fold for what may be."""
    for one in form.asked.known:
        form.fields[f"failed_{one.code}"] = _tick("照料的人顾不上了")
        if one.due:
            form.fields[f"again_{one.code}"] = _tick("还是这样，照旧")
    for item in form.asked.form.items:
        if may_last(item):
            form.fields[f"long_{item.code}"] = forms.BooleanField(
                label="长期就是这样", required=False, initial=item.code in form.asked.noted
            )
            form.fields[f"longcare_{item.code}"] = forms.CharField(
                label="谁在照料、怎么照料",
                required=False,
                max_length=100,
                initial=form.asked.noted.get(item.code, form.asked.care),
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
                error_messages={
                    "max_length": "最多写100个字",
                    "null_characters_not_allowed": "有看不见的字符，请重新写",
                },
            )
            form.fields[f"longback_{item.code}"] = forms.DateField(
                label="哪天再看",
                required=False,
                initial=half_a_year(form.asked.today),
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                error_messages={"invalid": "日期写成2026-11-24这样"},
            )


def _tick(label: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


def affirmed(form: Page, values: Mapping[str, Any], area: Area, choice: str | None) -> dict[str, int]:
    """Whoever says that it is still so, or that nobody cares any more, says that the state is there."""
    codes = {item.code for item in area.items}
    return {
        one.code: one.value
        for one in form.asked.known
        if one.code in codes
        and choice in ("same", "good", "changed")
        and (values.get(f"failed_{one.code}") or values.get(f"again_{one.code}"))
    }


def read_known(form: Page, values: Mapping[str, Any], answers: Answers, day: date | None) -> Said:
    """Ticks of answers that can't last, or are not there any more, mean nothing: the answer was changed since."""
    asked = form.asked
    failed = frozenset(one.code for one in asked.known if values.get(f"failed_{one.code}"))
    again = frozenset(one.code for one in asked.known if values.get(f"again_{one.code}")) - failed
    declared, body = {}, {}
    for item in asked.form.items:
        value = answers.values.get(item.code)
        if value is None or not values.get(f"long_{item.code}") or not may_be_known(item, value):
            continue
        care = values.get(f"longcare_{item.code}", "")
        if not care and f"longcare_{item.code}" not in form.errors:
            form.add_error(f"longcare_{item.code}", f"{item.label}：请写谁在照料；自己能行的，也写一句")
        declared[item.code] = value
        seen = day or asked.today
        back = values.get(f"longback_{item.code}") or half_a_year(seen)
        if not seen < back <= seen + LONGEST:
            form.add_error(f"longback_{item.code}", f"{item.label}：再看的日期要在今后两年以内，请核对")
        body[item.code] = {"care": care, "review_on": back}
    return Said(declared, failed, again, body)


def add_end(form: Page) -> None:
    """What is needed, and what the police were told."""
    form.fields["needs"] = ticks("需要什么", list(NEEDS))
    form.fields["police"] = pick("报警了吗", [("told", "已报警"), ("now", "马上报")])
    form.fields["police_words"] = forms.CharField(
        label="几点报的、哪个所",
        required=False,
        max_length=60,
        help_text="例如：下午3点20分，嵩口派出所",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "max_length": "最多写60个字",
            "null_characters_not_allowed": "有看不见的字符，请重新写",
        },
    )


def read_police(form: Page, values: Mapping[str, Any], judged: Judgement | None) -> dict[str, Any] | None:
    """E12: a child alone, signs of abuse: 110 first; then it is said here what was done."""
    if judged is None or not judged.police_duty:
        return None
    said, words = values.get("police"), values.get("police_words", "")
    if not said and "police" not in form.errors:
        form.add_error("police", POLICE_FIRST)
    if said == "told" and not words and "police_words" not in form.errors:
        form.add_error("police_words", "请写几点报的、哪个派出所")
    return {"told": said == "told", "words": words}


def add_house(form: Page) -> None:
    """In the flood season: whether the house is as the file has it; when nobody has looked yet, how it is."""
    if "flood" not in form.blocks:
        return
    row = form.asked.dwelling
    if row is not None:
        form.fields["dwelling"] = pick("房屋情况", [("same", "无变化"), ("changed", "有变化")])
    form.fields["dwelling_risks"] = ticks("房屋在哪里、怎么样", RISKS)
    form.fields["dwelling_risks"].initial = (list(row.risks) or [NONE]) if row is not None else None
    for name, field in helper_fields().items():
        form.fields[f"dwelling_{name}"] = field
        field.initial = getattr(row, name, "")


def read_house(form: Page, values: Mapping[str, Any], mode: str) -> dict[str, Any] | None:
    """Asked where the home is seen; otherwise only what was said counts."""
    if "flood" not in form.blocks or mode in ("institution", "hospital"):
        return None
    row, said = form.asked.dwelling, values.get("dwelling")
    if row is not None and not said and _differs(row, values):
        said = "changed"  # somebody else looked while this page was open
    if row is not None and said != "changed":
        if not said and mode == "home" and "dwelling" not in form.errors:
            form.add_error("dwelling", "房屋情况：有没有变化，请点一下")
        return {"changed": False} if said else None
    given = values.get("dwelling_risks") or []
    try:
        risks = clean_risks(given)
    except forms.ValidationError as error:
        form.add_error("dwelling_risks", error)
        return None
    if not given:
        if said == "changed" or mode == "home":
            form.add_error("dwelling_risks", "房屋在哪里、怎么样：请点一下，都不是的点“都不是”")
        return None
    if values.get("dwelling_helper_phone") and not values.get("dwelling_helper"):
        form.add_error("dwelling_helper", "写了电话，也请写上转移责任人是谁")
    facts = {name: values.get(f"dwelling_{name}") or "" for name in HELPER}
    return {"changed": True, "risks": list(risks), **facts}


def _differs(row: Dwelling, values: Mapping[str, Any]) -> bool:
    """Whether the facts on the page are not those of the file."""
    given = set(values.get("dwelling_risks") or [])
    texts = [values.get(f"dwelling_{name}") or "" for name in HELPER]
    return bool(given) and (
        given - {NONE} != set(row.risks) or texts != [getattr(row, name) for name in HELPER]
    )


def initial_of(extra: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    """A stored record's part, for its correction."""
    police, house = extra.get("police") or {}, extra.get("dwelling") or {}
    initial: dict[str, Any] = {
        "needs": extra.get("needs") or [],
        "police_words": police.get("words", ""),
        **{f"failed_{code}": True for code in extra.get("care_failed") or {}},
    }
    if police:
        initial["police"] = "told" if police["told"] else "now"
    if house:
        initial["dwelling"] = "changed" if house["changed"] else "same"
        initial["dwelling_risks"] = house["risks"] or [NONE]
        initial |= {f"dwelling_{name}": house.get(name, "") for name in HELPER}
    return initial
