"""What one person forgets and a program does not: read from the code itself, over all rooms."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from accounts.log_words import ACTIONS, OBJECTS
from accounts.models import User
from accounts.routes import routes
from visits.desk.frame import MENU

ROOT = Path(settings.BASE_DIR)
TEMPLATES = ROOT / "templates"
# From the lowest up: a room may know what stands before it, never what stands after it.
LAYERS = ["kit", "accounts", "visits_core", "visits_roster", "visits_schedule", "visits_records",
          "visits_followup", "visits_desk"]  # fmt: skip
# Rows with units that nobody fetches by scope, and why.
UNSCOPED = {
    "accounts.LogEntry": "read by the auditor alone, as a whole",
    "accounts.Region": "the units themselves: public knowledge, changed by the city only",
    "visits_desk.Tally": "numbers, no people: read for a unit that scope.unit_of or the duty gave",
    "visits_desk.TallyMark": "which villages are to be counted again: read by the counting alone, for such a unit",
    "kit.StoredFile": "one door (accounts.views.work.file), which asks for owner or unit",
}
# Templates that no page uses yet, and why they stay.
# Where the clock is read: at the edge, once (docs/adr); the demo invents its own past.
EDGES = re.compile(r"(^accounts/middleware|/tasks|/management/.*)\.py$")


def _sources() -> list[Path]:
    found = [
        path for room in ("accounts", "visits", "xunfang") for path in sorted((ROOT / room).rglob("*.py"))
    ]
    return [path for path in found if "migrations" not in path.parts]


SOURCES = _sources()
VIEWS = [
    path
    for path in SOURCES
    if path.name == "views.py" or path.name.endswith("_views.py") or "views" in path.parts
]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file with the last part of its name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            yield name, node


def strings(node: ast.AST) -> set[str]:
    return {
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def lines(pattern: str, paths: list[Path]) -> list[str]:
    """Where a pattern stands in code: comments and docstrings say what they like."""
    found = []
    for path in paths:
        prose = {
            number
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if number not in prose and re.search(pattern, line.split("  # ")[0]):
                found.append(f"{short(path)}:{number}: {line.strip()}")
    return found


def our_models() -> list[type[models.Model]]:
    return [
        model
        for label in LAYERS
        for model in apps.get_app_config(label).get_models()
        if not hasattr(model, "pgh_tracked_model")
    ]


# ── templates ────────────────────────────────────────────────────────────────────────────────────


def _named_templates() -> tuple[set[str], list[re.Pattern[str]]]:
    """Names of templates in code and in templates, and patterns where a part is filled in."""
    exact: set[str] = set()
    patterns = []
    for path in [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))]:
        if path == Path(__file__):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ".html" in node.value:
                exact.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [re.escape(p.value) if isinstance(p, ast.Constant) else r"\w+" for p in node.values]
                if ".html" in "".join(parts).replace("\\", ""):
                    patterns.append(re.compile("".join(parts)))
    for path in TEMPLATES.rglob("*.html"):
        exact |= set(re.findall(r"""{%\s*(?:include|extends)\s+["']([^"']+)["']""", path.read_text("utf-8")))
    return exact, patterns


def test_every_template_is_used() -> None:
    exact, patterns = _named_templates()
    unused = [
        name
        for path in sorted(TEMPLATES.rglob("*.html"))
        if (name := path.relative_to(TEMPLATES).as_posix()) not in exact
        and not any(pattern.fullmatch(name) for pattern in patterns)
    ]
    assert unused == []


def test_every_template_that_is_named_exists() -> None:
    exact, _ = _named_templates()
    named = {name for name in exact if re.fullmatch(r"(?!django/)\w+(/\w+)+\.html", name)}
    assert sorted(name for name in named if not (TEMPLATES / name).exists()) == []


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=short)
def test_a_template_is_short_enough_to_be_read(path: Path) -> None:
    most = 60 if path.name.startswith("_") else 120
    if "pdf" not in path.parts:
        assert len(path.read_text("utf-8").splitlines()) <= most


# ── scope ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_rows_of_a_unit_are_fetched_by_scope(model: type[models.Model]) -> None:
    columns = {field.attname for field in model._meta.concrete_fields}
    if "township_id" in columns and model._meta.label not in UNSCOPED:
        assert hasattr(model._default_manager, "visible_to"), f"{model._meta.label} needs visible_to(user)"


def test_no_reason_is_left_for_what_is_gone() -> None:
    assert set(UNSCOPED) <= {model._meta.label for model in our_models()}


def test_no_view_fetches_scoped_rows_without_asking_whose_they_are() -> None:
    scoped = {model.__name__ for model in our_models() if hasattr(model._default_manager, "visible_to")}
    # Or what hangs on a row that was fetched by scope: filter(replaces=sheet).
    asks = r"(visible_to\b|reported_to\b|writable_by\b|counted_in\b|(valid\(\)\.)?filter\(\w+=(sheet|visit|person|found)\b)"
    assert lines(rf"\b({'|'.join(sorted(scoped))})\.objects\.(?!{asks})", VIEWS) == []


def test_no_view_fetches_everything() -> None:
    assert lines(r"\.objects\.all\(\)", VIEWS) == []


@pytest.mark.django_db
def test_nobody_is_let_in_by_a_library() -> None:
    assert settings.ANONYMOUS_USER_NAME is None
    assert not User.objects.exists()  # only the seed has run: no account made itself
    from guardian.conf import settings as guardian

    assert guardian.ANONYMOUS_USER_NAME is None


@pytest.mark.django_db
def test_nobody_stands_above_the_rules(cast: object) -> None:
    assert not User.objects.filter(is_superuser=True).exists()
    assert lines(r"is_superuser\s*=\s*True|create_superuser", SOURCES) == []


def test_a_row_that_is_locked_can_still_be_pointed_at() -> None:
    """FOR UPDATE also stops whoever writes a row that refers to this one: a signature that freezes its lines
    and a visitor who takes one of them back once waited for each other for ever. Keys never change here."""
    assert [line for line in lines(r"select_for_update\(", SOURCES) if "no_key=True" not in line] == []


# ── direction ────────────────────────────────────────────────────────────────────────────────────


def test_no_model_is_fetched_by_its_name() -> None:
    """import-linter does not see it. (A migration's models have no module to be imported from.)"""
    sources = [path for path in SOURCES if path != ROOT / "xunfang" / "kit" / "tables.py"]
    assert lines(r"\bget_model\(", sources) == []


def _room(path: Path) -> str | None:
    parts = path.relative_to(ROOT).parts
    if parts[0] == "accounts":
        return "accounts"
    if parts[:2] == ("xunfang", "kit"):
        return "kit"
    return f"visits_{parts[1]}" if parts[0] == "visits" and f"visits_{parts[1]}" in LAYERS else None


def test_no_room_looks_up_by_a_reverse_name() -> None:
    """Person.due_items is the schedule's: a lower room that used it would know of a higher one."""
    methods = (
        "all|filter|exclude|get|count|exists|order_by|values|values_list|first|last|create|select_related"
    )
    faults = []
    for model in our_models():
        home = LAYERS.index(model._meta.app_label)
        for relation in model._meta.related_objects:
            label = relation.related_model._meta.app_label
            name = relation.get_accessor_name()
            if label not in LAYERS or LAYERS.index(label) <= home or not name:
                continue
            below = [
                path for path in SOURCES if (room := _room(path)) and LAYERS.index(room) < LAYERS.index(label)
            ]
            faults += lines(rf"\.{name}\.({methods})\b|[\"']{relation.name}__|\b{relation.name}__\w+=", below)
    assert faults == []


# ── clock ────────────────────────────────────────────────────────────────────────────────────────


def test_the_day_is_read_at_the_edge_only() -> None:
    """The middleware reads it once for a request; tasks and commands read it for themselves."""
    found = lines(r"\blocaldate\(\)|\bdate\.today\(|\bdatetime\.(now|today|utcnow)\(|\btime\.time\(", SOURCES)
    assert [line for line in found if not EDGES.search(line.split(":")[0])] == []


def test_the_database_is_never_asked_what_day_it_is() -> None:
    """It lives in UTC: for eight hours of each day it is wrong."""
    assert lines(r"\bCURRENT_DATE\b|\bCURRENT_TIMESTAMP\b|\bnow\(\)::|\bTruncDate\b|\bNow\(\)", SOURCES) == []


# ── addresses ────────────────────────────────────────────────────────────────────────────────────


def test_every_address_that_is_named_exists() -> None:
    names = {route.name for route in routes()}
    used: dict[str, str] = {}
    for path in TEMPLATES.rglob("*.html"):
        for name in re.findall(r"""{%\s*url\s+["']([\w:]+)["']""", path.read_text("utf-8")):
            used[name] = short(path)
    for path in SOURCES:
        for called, node in calls(path):
            if called in ("reverse", "redirect", "reverse_lazy") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and re.fullmatch(r"[a-z_]+(:[a-z_]+)?", str(first.value)):
                    used[str(first.value)] = short(path)
    assert {name: where for name, where in used.items() if name not in names} == {}


def test_every_entry_of_the_menu_leads_somewhere() -> None:
    assert {entry.view for entry in MENU} <= {route.name for route in routes()}


def test_the_names_others_link_to_are_there() -> None:
    kept = """home accounts:sign_in accounts:sign_out accounts:password accounts:sure accounts:units accounts:users
    accounts:log accounts:file accounts:job visits_roster:people visits_roster:import visits_roster:import_detail
    visits_roster:person_new visits_roster:person_edit visits_schedule:due visits_schedule:rules visits_core:calendar
    visits_records:visit_new visits_records:attempt_new visits_records:visit visits_records:visit_pdf
    visits_records:draft visits_records:sheets visits_records:sheet visits_records:sheet_pdf
    visits_records:delegations visits_followup:changes visits_followup:change visits_desk:person
    visits_desk:overview visits_desk:prints visits_desk:print_round visits_desk:print_blank"""
    assert set(kept.split()) <= {route.name for route in routes()}


# ── words ────────────────────────────────────────────────────────────────────────────────────────


def test_the_glossary_has_every_model() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert [model.__name__ for model in our_models() if f"`{model.__name__}`" not in text] == []


def test_the_log_has_words_for_every_action() -> None:
    """Found where a service writes it: record("…"), or a helper of a room that ends in it."""
    actions: set[str] = set()
    for path in SOURCES:
        if short(path).startswith("xunfang/"):
            continue
        for name, node in calls(path):
            if name in ("record", "_record", "_save", "_log") and node.args:
                actions |= {text for text in strings(node.args[0]) if re.fullmatch(r"[a-z]+(_[a-z]+)+", text)}
    assert len(actions) > 20
    assert sorted(actions - set(ACTIONS)) == [], "add its words to accounts/log_words.py"


def test_the_log_has_words_for_every_tracked_thing() -> None:
    tracked = {
        event.pgh_tracked_model._meta.model_name  # type: ignore[attr-defined]
        for event in apps.get_models()
        if hasattr(event, "pgh_tracked_model")
    }
    assert sorted(tracked - set(OBJECTS)) == []


# ── limits ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", VIEWS, ids=short)
def test_a_file_of_views_is_short_enough_to_be_read(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_no_function_is_longer_than_a_screen() -> None:
    faults = []
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno:
                length = node.end_lineno - node.lineno + 1
                if length > 50:
                    faults.append(f"{short(path)}: {node.name} {length}")
    assert faults == []


def test_nothing_is_left_to_do_in_the_code() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError\(\)")
    found = [
        f"{short(path)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if marks.search(line)
    ]
    assert found == []
