"""The visit form in the shape its templates draw: words and what is chosen, no rules."""

from typing import Any

from visits.records.asking import MINOR, Asked
from visits.records.assessment import NOT_SEEN, WINDOW, Area, Item, fires, level_of, may_be_known
from visits.records.forms.beside import HELPER, may_last
from visits.records.forms.seasons import questions
from visits.records.forms.visiting import BLIND_AREAS, HOSPITAL_AREAS, VisitForm
from visits.roster.selectors.dwelling import words_of
from visits.templatetags.xf import level_state

SAFETY_SAYS = "安全每次都要现看，不沿用上次。"


def areas(form: VisitForm) -> list[dict[str, Any]]:
    """The areas in their order, each with its buttons, its items and what was said last time."""
    return [_area(form, area) for area in form.asked.areas]


def _area(form: VisitForm, area: Area) -> dict[str, Any]:
    name = f"area_{area.code}"
    always = form.asked.always(area)
    folded = [item for item in area.items if item not in always]
    chosen = form[name].value()
    copying = form.asked.can_copy(area)
    known = form.asked.known_values
    items = [
        _item(form, item, fold=copying or area.code == "family" or item.code in known) for item in folded
    ]
    error = "；".join(form.errors.get(name, []))
    touched = any(item["touched"] for item in items)
    return {
        "code": area.code,
        "id": f"id_{name}",
        "name": area.label,
        "icon": area.icon,
        "word": _word(form, area, chosen, touched),
        "state": "soon" if error or _word(form, area, chosen, touched) == "还没选" else "done",
        "now": area.code == "safety",
        "last": _last_words(form.asked, area) if copying else [],
        "say": _say(form.asked, area, copying),
        "choice": {"name": name, "options": _buttons(form, name, form.choices_of(area), chosen)},
        "all_unseen": chosen == "unseen",
        "blind": area.code in BLIND_AREAS,
        "asks": items,
        "always": [_item(form, item, fold=False) for item in always],
        "open": chosen == "changed" or touched or _unseen_open(form, area),
        "unseen": [_unseen(form, item) for item in area.items],
        "unseen_open": _unseen_open(form, area),
        "can_be_unseen": area.code not in ("family", MINOR),
        "known": _known(form, area),
        "parents": form.asked.parents if area.code == MINOR else (),
        "home": area.code in HOSPITAL_AREAS,
        "error": error,
    }


def _known(form: VisitForm, area: Area) -> list[dict[str, Any]]:
    """What is known of the area's items: said instead of asked, with “nobody cares any more” beside it."""
    labels = {item.code: item.label for item in area.items}
    return [
        {
            "item": labels[one.code],
            "say": one.say,
            "due": one.due,
            "failed": form[f"failed_{one.code}"],
            "again": form[f"again_{one.code}"] if one.due else None,
        }
        for one in form.asked.known
        if one.code in labels
    ]


def _say(asked: Asked, area: Area, copying: bool) -> str:
    if area.code == "safety":
        return SAFETY_SAYS
    if area.code == "family":
        return "、".join(item.label.removeprefix("家庭")[:2] for item in area.items) + "：问一问，有变再写"
    if copying:
        return ""
    return "上次没看到，没有上次可比。" if asked.last else "第一次访，没有上次可比。"


def _word(form: VisitForm, area: Area, chosen: Any, touched: bool) -> str:
    words = dict(form.choices_of(area))
    if chosen == "unseen":
        return "三项没问到"
    if area.code == "safety":
        done = sum(1 for item in area.items if _answered(form, item))
        return (
            f"答完{done}项"
            if done == len(area.items)
            else "还没选"
            if not done
            else f"还差{len(area.items) - done}项"
        )
    return words.get(str(chosen), "有变化" if touched else "还没选")


def _answered(form: VisitForm, item: Item) -> bool:
    return form[item.code].value() not in (None, "") or bool(form[f"unseen_{item.code}"].value())


def _buttons(form: VisitForm, name: str, choices: list[tuple[str, str]], chosen: Any) -> list[dict[str, Any]]:
    return [
        {
            "value": value,
            "label": label,
            "id": f"id_{name}_{value}",
            "checked": str(chosen) == value,
            "opens": value == "changed",
        }
        for value, label in choices
    ]


def _item(form: VisitForm, item: Item, *, fold: bool) -> dict[str, Any]:
    chosen = str(form[item.code].value())
    last = form.asked.last_values.get(item.code) if "change" not in item.flags else None
    error = _errors(form, item.code)
    touched = _answered(form, item)
    return {
        "code": item.code,
        "id": f"id_{item.code}",
        "name": item.code,
        "legend": item.label,
        "error": error,
        "touched": touched,
        "fold": fold,
        "fold_open": touched or bool(error),
        "summary": _summary(form.asked, item),
        "known": item.code in form.asked.known_values,
        "lasts": _lasts(form, item),
        "police": any("police_duty" in option.flags for option in item.options),
        "was": f"上次：{words(form.asked, item, last)}" if last is not None else "",
        "note": form[f"note_{item.code}"],
        "note_open": bool(form[f"note_{item.code}"].value()) or bool(_errors(form, f"note_{item.code}")),
        "options": [
            {
                "value": option.value,
                "label": option.words,
                "level": level_state(option.level) if option.level <= 3 else "done",
                "number": option.level if option.level <= 3 else 0,
                "checked": chosen == str(option.value),
                "was": last == option.value,
                "report": "reportable" in option.flags,
                "police": "police_duty" in option.flags,
                "lasting": may_be_known(item, option.value),
            }
            for option in item.options
        ],
    }


def _lasts(form: VisitForm, item: Item) -> dict[str, Any] | None:
    """“长期就是这样”, where an answer can be."""
    if not may_last(item):
        return None
    ticked, care, back = (form[f"{name}_{item.code}"] for name in ("long", "longcare", "longback"))
    return {
        "ticked": ticked,
        "care": care,
        "back": back,
        "open": bool(ticked.value()) or bool(care.errors or back.errors),
    }


def _summary(asked: Asked, item: Item) -> str:
    if "change" in item.flags:
        return item.options[0].words
    value = asked.last_values.get(item.code) if asked.last else None
    known = asked.known_values.get(item.code)
    if known is not None and asked.copied(asked.form.area(item.area), "home").get(item.code) == known:
        return f"长期状况（已知）：{words(asked, item, known)}"
    return f"与上次一致：{words(asked, item, value)}" if value is not None else ""


def words(asked: Asked, item: Item, value: int | None) -> str:
    """An old answer in today's words; one that the wording no longer has is named by its level."""
    if value is None:
        return ""
    option = item.option(value)
    return option.words if option else asked.form.level_words[level_of(value)]


def _last_words(asked: Asked, area: Area) -> list[str]:
    """Last time's answers; “没看到” alone would not say what."""
    found = []
    known = {one.code: one.value for one in asked.known}
    newer = {one.code for one in asked.known if one.newer}
    for item in area.items:
        value = asked.last_values.get(item.code)
        if value is not None and value != known.get(item.code) and item.code not in newer:
            said = words(asked, item, value)
            # “整洁或尚可” three times would not say what.
            label = item.label.removesuffix("卫生") if area.code == "hygiene" else ""
            found.append(f"{item.label}{said}" if value == NOT_SEEN else f"{label}{said}")
    return found


def _unseen(form: VisitForm, item: Item) -> dict[str, Any]:
    name = f"unseen_{item.code}"
    return {"field": form[name], "label": item.label, "error": _errors(form, name)}


def _unseen_open(form: VisitForm, area: Area) -> bool:
    names = [f"unseen_{item.code}" for item in area.items]
    return any(form[name].value() or form.errors.get(name) for name in names)


def _errors(form: VisitForm, name: str) -> str:
    return "；".join(form.errors.get(name, []))


def care(form: VisitForm) -> dict[str, Any] | None:
    """自己照料自己, or None when it is not asked."""
    if not form.asked.tekun:
        return None
    chosen = form["area_self_care"].value()
    choices = form.fields["area_self_care"].choices  # type: ignore[attr-defined]
    lost = form["care_lost"].value() or []
    return {
        "id": "id_area_self_care",
        "word": dict(choices).get(chosen, "还没选"),
        "state": "done" if chosen else "soon",
        "last": _care_words(form.asked),
        "before": bool(form.asked.last_care),
        "choice": {
            "name": "area_self_care",
            "options": _buttons(form, "area_self_care", list(choices), chosen),
        },
        "options": [
            {"value": code, "label": label, "id": f"id_care_lost_{n}", "checked": code in lost}
            for n, (code, label) in enumerate(form.asked.form.self_care)
        ],
        "open": chosen == "changed" or bool(lost),
        "error": _errors(form, "area_self_care"),
        "lost_error": _errors(form, "care_lost"),
    }


def _care_words(asked: Asked) -> str:
    labels = "、".join(label for _, label in asked.form.self_care)
    if not asked.last_care:
        return f"{labels}，问一问、看一看"
    lost = [label for code, label in asked.form.self_care if not asked.last_care.get(code, True)]
    return f"上次：{'、'.join(lost)}做不了，其他都能" if lost else f"上次：{labels}，6样都能"


def seasons(form: VisitForm) -> list[dict[str, Any]]:
    """The blocks of the season and of rounds with their fields; none outside both."""
    return [
        {
            "code": code,
            "label": form.asked.form.season(code).label,
            "elsewhere": code == "flood" and form.asked.institution,
            "house": house(form) if code == "flood" else None,
            "fields": [
                {
                    "field": form[f"s_{question.code}"],
                    "kind": question.kind,
                    "required": question.required,
                    "only": _only(form, code) if question.code == WINDOW else None,
                }
                for question in questions(form, code)
            ],
        }
        for code in form.blocks
    ]


def _only(form: VisitForm, code: str) -> dict[str, str] | None:
    """Of which answers the question about the window is one more: the name of their field and the values."""
    found = fires(form.asked.form, code)
    return next(
        (
            {"name": f"s_{name}", "values": " ".join(str(one) for one in values)}
            for name, values in found.items()
        ),
        None,
    )


def house(form: VisitForm) -> dict[str, Any]:
    """房屋情况: what the file says with “无变化” or “有变化”; when nobody has looked, the five at once."""
    row, more = form.asked.dwelling, [form[f"dwelling_{name}"] for name in HELPER]
    choice = form["dwelling"] if row is not None else None
    return {
        "facts": words_of(row, form.asked.today) if row is not None else [],
        "phone": row.helper_phone if row is not None else "",
        "choice": choice,
        "risks": form["dwelling_risks"],
        "more": more,
        "open": choice is not None
        and (choice.value() == "changed" or bool(form.errors.get("dwelling_risks"))),
        "more_open": any(field.errors for field in more),
    }


def rounds(form: VisitForm) -> list[dict[str, Any]]:
    """The rounds that wait for this person, each with its own questions (None: it has none)."""
    return [
        {"name": row.name, "say": row.say, "field": form[row.field] if row.questions else None}
        for row in form.rounds
    ]
