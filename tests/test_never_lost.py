"""Every form that holds text, and the ways to lose it that are the same for all: every character comes back, to its
author only. The forms are read from the pages themselves; nothing here names one.

The ways in which a browser matters are in tests/e2e/test_never_lost.py.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import resolve, reverse

from accounts import page_author
from accounts.kept import SECRET
from accounts.models import KeptForm, Post
from accounts.roles import EVERYONE, Role
from tests.test_access import ROUTES, Stage, address, short, stage
from tests.visits.followup import casework
from visits.followup.services import days, emergencies, measures, supplements

__all__ = ["stage"]
# Shown on several lines, so that nothing is lost in an attribute.
WORDS = "林依妹说：“灯<坏>了”&'\"　　再说"
TYPED = {"text", "search", "tel", "number", "date", ""}


@dataclass
class Control:
    name: str
    kind: str
    most: int


class Forms(HTMLParser):
    """The posted forms of a page: action, what a browser would send of it untouched, and what can be typed."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, list[str]], list[Control], bool]] = []
        self.open = False
        self.option = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = a.get("method") == "post"
            if self.open:
                self.found.append((a.get("action", ""), {}, [], "multipart" in a.get("enctype", "")))
        if not self.open or not a.get("name"):
            return
        _, sent, typed, _ = self.found[-1]
        kind = a.get("type", "")
        if tag == "textarea" or (tag == "input" and kind in TYPED):
            typed.append(
                Control(a["name"], "area" if tag == "textarea" else kind, int(a.get("maxlength") or 100))
            )
        elif tag == "input" and (kind == "hidden" or (kind in ("radio", "checkbox") and "checked" in a)):
            sent.setdefault(a["name"], []).append(a.get("value", "on"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = False


@dataclass
class Case:
    """A form as somebody filled it: what was typed lies in `typed`, everything that is sent in `body`."""

    name: str
    who: str
    url: str
    body: dict[str, list[str]]
    typed: dict[str, str]
    controls: list[Control]
    multipart: bool

    def missing(self, content: bytes) -> list[str]:
        text = content.decode()
        return [name for name, value in self.typed.items() if escape(value) not in text]


def filled(control: Control, number: int) -> str:
    if control.kind == "date":
        return "2026-11-20"
    if control.kind == "number":
        return "7"
    text = f"{number}{WORDS}"
    if control.kind == "area":
        text += "\r\n  第二行"
    return text[: control.most]


def cases(stage: Stage) -> Iterator[Case]:
    """One for each route that takes text, as the first role for whom its page opens."""
    seen: set[str] = set()
    for route in ROUTES:
        assert route.rule is not None
        # A PDF takes a second and has no forms.
        if route.rule.public or route.name.endswith("_pdf"):
            continue
        for who in stage.cast.users:
            if not stage.roles(who) & route.rule.roles:
                continue
            page = stage.ask(who, "get", address(route, stage.ours))
            if page.status_code == 405 or not page["Content-Type"].startswith("text/html"):
                break
            if page.status_code != 200:
                continue
            yield from on_page(page.content.decode(), who, address(route, stage.ours), seen)
            break


def on_page(markup: str, who: str, here: str, seen: set[str]) -> Iterator[Case]:
    """The forms of a page that take text, but for those that were `seen` already."""
    for action, sent, controls, multipart in Forms(markup).found:
        url = urljoin(here, action)
        target = resolve(url.partition("?")[0])
        # A box of one or two digits is a choice by its code (fast typing), not a text.
        controls = [control for control in controls if control.most > 2]
        if not controls or target.view_name in seen or target.func.rule.writes in SECRET:
            continue
        seen.add(target.view_name)
        typed = {control.name: filled(control, n) for n, control in enumerate(controls)}
        body = sent | {name: [value] for name, value in typed.items()}
        body.pop("csrfmiddlewaretoken", None)
        yield Case(target.view_name, who, url, body, typed, controls, multipart)


def post(stage: Stage, who: str, case: Case, body: dict[str, list[str]] | None = None, *, client: Client | None = None) -> Any:  # fmt: skip
    """As a browser sends it; what it changes stays until the caller's transaction ends."""
    client = client or stage.client
    client.cookies.clear()
    if who != "anonymous":
        client.cookies["sessionid"] = stage.cookies[who]
    if case.multipart:
        return client.post(case.url, body or case.body)
    return client.post(case.url, urlencode(body or case.body, doseq=True), content_type="application/x-www-form-urlencoded")  # fmt: skip


def somebody_else(stage: Stage, case: Case) -> str:
    return next(who for who in ("township_clerk", "visitor") if who != case.who)


def session_over(stage: Stage, case: Case) -> str:
    answer = post(stage, "anonymous", case)
    if not answer.headers.get("Location", "").endswith("sign-in?kept=1"):
        return f"not kept: {answer.status_code}"
    row = KeptForm.objects.latest("pk")
    if row.author_id != stage.cast.users[case.who].pk:
        return "kept for somebody else"
    if WORDS.encode() in bytes(_raw(row)):
        return "kept as it was typed: not encrypted"
    body = json.loads(row.body)
    if {name: body.get(name) for name in case.typed} != {name: [value] for name, value in case.typed.items()}:
        return "other characters"
    stage.client.cookies["sessionid"] = stage.cookies[case.who]
    if lost := case.missing(stage.client.get("/account/kept").content):
        return f"not on its author's page: {lost}"
    stage.client.cookies["sessionid"] = stage.cookies[somebody_else(stage, case)]
    if WORDS[:6] in stage.client.get("/account/kept").content.decode():
        return "shown to somebody else"
    return ""


def _raw(row: KeptForm) -> memoryview:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM accounts_keptform WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


def old_page(stage: Stage, case: Case) -> str:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    answer = post(stage, case.who, case, client=strict)
    if answer.status_code != 403 or (lost := case.missing(answer.content)):
        return f"{answer.status_code} {lost}"
    other = post(stage, somebody_else(stage, case), case, client=strict)
    if other.status_code != 403 or WORDS[:6] in other.content.decode():
        return "shown to somebody else"
    unsigned = case.body | {page_author.FIELD: ["1:abc:def"]}
    foreign = post(stage, case.who, case, unsigned, client=strict)
    return "shown without the author's token" if WORDS[:6] in foreign.content.decode() else ""


def role_ended(stage: Stage, case: Case) -> str:
    if resolve(case.url.partition("?")[0]).func.rule.roles == EVERYONE:
        return ""
    # The post is another one now; its id stays, so that the session lives on.
    Post.objects.filter(user=stage.cast.users[case.who]).update(role=Role.AUDITOR, region=stage.cast.city)
    answer = post(stage, case.who, case)
    lost = case.missing(answer.content)
    return "" if answer.status_code == 403 and not lost else f"{answer.status_code} {lost}"


def not_valid(stage: Stage, case: Case) -> str:
    """The longest box is too full: what comes back holds every character, also those that are too many."""
    longest = max(
        case.controls, key=lambda control: control.most if control.kind in ("area", "text", "") else 0
    )
    if longest.kind in ("date", "number"):
        return ""
    words = (WORDS * (longest.most // len(WORDS) + 2))[: longest.most + 3]
    case.typed[longest.name] = words
    answer = post(stage, case.who, case, case.body | {longest.name: [words]})
    if answer.status_code in (302, 303):
        return f"{longest.name} has no limit"
    lost = case.missing(answer.content)
    return "" if answer.status_code in (422, 409) and not lost else f"{answer.status_code} {lost}"


def database_away(stage: Stage, case: Case) -> str:
    def away(*_: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    started = time.monotonic()
    with connection.execute_wrapper(away):
        answer = post(stage, case.who, case)
    lost = case.missing(answer.content)
    slow = time.monotonic() - started > 2
    return "" if answer.status_code == 503 and not lost and not slow else f"{answer.status_code} {lost}"


def too_many_fields(stage: Stage, case: Case) -> str:
    if case.multipart:
        return ""
    more = {f"row{n}": ["1"] for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    answer = post(stage, case.who, case, case.body | more)
    lost = case.missing(answer.content)
    return "" if answer.status_code == 413 and not lost else f"{answer.status_code} {lost}"


WAYS = (session_over, old_page, role_ended, database_away, too_many_fields, not_valid)


def faults_of(
    stage: Stage, found: Iterator[Case], ways: Sequence[Callable[[Stage, Case], str]]
) -> tuple[list[str], set[str]]:
    """What is lost in which way, and the names of the forms that were tried."""
    faults, names = [], set()
    for case in found:
        names.add(case.name)
        for way in ways:
            with transaction.atomic():
                wrong = way(stage, case)
                transaction.set_rollback(True)
            if wrong:
                faults.append(f"{case.name} as {case.who}, {way.__name__}: {wrong}")
    return faults, names


def clocks(stage: Stage) -> Iterator[tuple[str, str]]:
    """Who and where: pages of the clocks on which a form stands only at its step, which nothing of `Side` is at."""
    cast, case = stage.cast, "visits_followup:case"
    fresh = casework.filed(cast)
    asked = casework.filed(cast)
    supplements.ask(case_id=asked.pk, what="收入证明", by=cast.county_officer, at=casework.at(hour=17))
    waits = casework.proposed(cast)
    done = casework.approved(cast)
    for row in done.measures.all():
        measures.finish(
            measure_id=row.pk,
            done_on=casework.DAY,
            result="给了",
            by=cast.township_clerk,
            at=casework.at(hour=19),
        )
    yield "county_officer", reverse(case, args=[fresh.uuid])
    yield "township_clerk", reverse(case, args=[asked.uuid])
    yield "county_head", reverse(case, args=[waits.uuid])
    yield "county_head", reverse("visits_followup:case_approvals")
    yield "county_officer", reverse(case, args=[done.uuid])
    harm = emergencies.report(
        key=uuid.uuid4(), person_id=casework.somebody(cast).pk, kind="abuse", words="身上有伤", called=[["110", "", ""]],
        about="", unit_id=None, by=casework.on_duty(cast.visitor, casework.DAY), at=casework.at(),
    )[0]  # fmt: skip
    emergencies.acknowledge(
        emergency_id=harm.pk, by=casework.on_duty(cast.county_officer, casework.DAY), at=casework.at(hour=11)
    )
    yield "county_officer", reverse("visits_followup:emergency", args=[harm.uuid])
    casework.told(cast, on=casework.DAY - timedelta(days=1))
    day = casework.DAY - timedelta(days=1)
    days.compile_days(today=casework.DAY, at=casework.at(hour=1), since=day)
    yield "township_clerk", reverse("visits_followup:day", args=[cast.township.pk, day])
    home = casework.family(cast, "林大", "林二")
    yield "visitor", reverse("visits_records:household_visit", args=[home[0].uuid])


AT_THEIR_STEP = {
    *(f"visits_followup:case_{step}" for step in ("ask", "supply", "propose", "decide", "approvals", "close")),
    "visits_followup:emergency_police", "visits_followup:emergency_close", "visits_followup:day",
    "visits_records:household_visit",
}  # fmt: skip


def at_their_step(stage: Stage) -> Iterator[Case]:
    seen: set[str] = set()
    for who, url in clocks(stage):
        page = stage.ask(who, "get", url)
        assert page.status_code == 200, (who, url)
        found = on_page(page.content.decode(), who, url, seen)
        yield from (case for case in found if case.name in AT_THEIR_STEP)


def test_no_form_loses_what_was_typed(stage: Stage) -> None:
    faults, names = faults_of(stage, cases(stage), WAYS)
    more, steps = faults_of(stage, at_their_step(stage), (session_over, old_page, not_valid))
    assert not [*faults, *more], short([*faults, *more])
    assert len(names) > 60
    assert steps == AT_THEIR_STEP
