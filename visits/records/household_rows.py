"""The page of a household in the shape its templates draw: words and what is chosen, no rules."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from visits.records import form_rows
from visits.records.asking import MINOR
from visits.records.forms.household import HouseholdForm, Member
from visits.records.models import Visit
from visits.schedule import rows as due_rows
from visits.schedule.selectors import DuePerson
from visits.templatetags.xf import dayshort, error_rows

NEW = "第一次访，没有上次可比。"


def areas(form: HouseholdForm) -> list[dict[str, Any]]:
    """The household's areas. Where one of the three items is each person's own, the words say so."""
    rows = form_rows.areas(form.house)
    for row, area in zip(rows, form.house.asked.areas, strict=True):
        if len(area.items) != 3:
            row["name"] = (
                f"{area.label}（{'、'.join(item.label.removesuffix('卫生') for item in area.items)}）"
            )
            for option in row["choice"]["options"]:
                option["label"] = option["label"].removeprefix("三项")
    return rows


def members(
    form: HouseholdForm,
    owed: Mapping[int, DuePerson],
    seen: Mapping[int, Visit],
    clashes: Mapping[int, Visit],
    today: date,
) -> list[dict[str, Any]]:
    """Each member's part. `seen`: records of today that stand already; `clashes`: of the day that was typed."""
    return [
        _member(one, owed.get(one.person.pk), seen.get(one.person.pk), clashes.get(one.person.pk), today)
        for one in form.members
    ]


def _member(
    one: Member, owed: DuePerson | None, seen: Visit | None, clash: Visit | None, today: date
) -> dict[str, Any]:
    person, form = one.person, one.form
    state = form["state"]
    last = one.asked.last
    return {
        "pk": person.pk,
        "name": person.name,
        "url_of": person.uuid,
        "about": " ".join(filter(None, (person.relation, f"{person.get_sex_display()} {person.age(today)}岁"))),
        "due": due_rows.chip(owed) if owed else None,
        "last": f"上次{dayshort(last.visited_on)}{last.get_met_display()}" if last else "还没有访过",
        "self_only": one.asked.self_only,
        "seen": f"今天{seen.visitor.name}记过了（第{seen.record_no}号），不用再记。" if seen else "",
        "state": state,
        "opens": " ".join(f"{state.auto_id}_{n}" for n, (code, _) in enumerate(_choices(one)) if code in ("self", "proxy")),
        "away_id": next((f"{state.auto_id}_{n}" for n, (code, _) in enumerate(_choices(one)) if code == "away"), ""),
        "open": form.chosen("state") in ("self", "proxy"),
        "away": form.chosen("state") == "away" or bool(form["contact_month"].errors),
        "contact_month": form["contact_month"],
        "hidden": form["last"],
        "open_rows": [form[row.field] for row in one.asked.open_rows],
        "own": own(one),
        "care": _care(one),
        "clash": {"field": form["clash"], "visit": clash} if clash or form.chosen("clash") else None,
        "errors": list(form.non_field_errors()),
    }  # fmt: skip


def _choices(one: Member) -> list[tuple[str, str]]:
    return list(one.form.fields["state"].choices)  # type: ignore[attr-defined]


def own(one: Member) -> dict[str, Any]:
    """The answers of one person: a button for all of them, what must be asked afresh, the rest in a fold."""
    form = one.form
    rows = [_named(one, row) for row in form_rows.areas(form)]
    button = form["own"]
    chosen = form.chosen("own")
    last = [words for row in rows for words in row["last"]]
    touched = any(item["touched"] for row in rows for item in row["asks"])
    return {
        "id": button.auto_id,
        "field": button,
        "label": f"{one.person.name}本人",
        "what": "健康、精神、个人卫生"
        + ("、孩子的情况" if any(row["code"] == MINOR for row in rows) else ""),
        "last": last,
        "say": "" if last else NEW,
        "word": dict(button.field.choices).get(chosen, "还没选"),  # type: ignore[attr-defined]
        "state": "soon" if not chosen or button.errors else "done",
        "name": form.add_prefix("own"),
        "options": [
            {"value": value, "label": label, "id": f"{button.auto_id}_{value}", "checked": value == chosen}
            for value, label in button.field.choices  # type: ignore[attr-defined]
        ],
        "changed_id": f"{button.auto_id}_changed",
        "always": [item for row in rows for item in row["always"]],
        "known": [known for row in rows for known in row["known"]],
        "areas": [row for row in rows if row["asks"]],
        "open": chosen == "changed" or touched,
        # What a family can tell of somebody needs no reason; who can't be asked at all is recorded singly.
        "unseen": [line for row in rows if row["blind"] for line in row["unseen"]],
        "unseen_open": any(row["unseen_open"] for row in rows if row["blind"]),
        "error": "；".join(button.errors),
    }


def _named(one: Member, row: dict[str, Any]) -> dict[str, Any]:
    """An area with the names of this person's fields."""
    for item in (*row["asks"], *row["always"]):
        item["name"], item["id"] = one.form.add_prefix(item["code"]), one.form[item["code"]].auto_id
    return row


def _care(one: Member) -> dict[str, Any] | None:
    """自己照料自己 (特困), which no button for the rest answers."""
    row = form_rows.care(one.form)
    if row is None:
        return None
    button, lost = one.form["area_self_care"], one.form["care_lost"]
    row["id"], row["choice"]["name"] = button.auto_id, one.form.add_prefix("area_self_care")
    for option in row["choice"]["options"]:
        option["id"] = f"{button.auto_id}_{option['value']}"
    for n, option in enumerate(row["options"]):
        option["id"] = f"{lost.auto_id}_{n}"
    return row | {"lost_name": one.form.add_prefix("care_lost"), "lost_id": lost.auto_id}


def errors(form: HouseholdForm) -> list[dict[str, str]]:
    """The summary above the page, in its order: the head, each person by name, the shared answers."""
    found = [{"id": "", "label": "", "text": text} for text in form.errors]
    if form.house.is_bound:
        found += error_rows(form.house)
        for one in form.members:
            for row in error_rows(one.form):
                named = row["text"].startswith(one.person.name)
                label = "" if named else f"{one.person.name}　{row['label']}".rstrip("　")
                found.append(row | {"label": label})
    return found
