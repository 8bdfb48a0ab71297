"""Generated: every route × every role × in and out of scope. No list of pages or of rights is written here.

What a route is for stands in its `@rule`; which object its address names stands in tests/objects.py.
"""

import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from accounts.models.region import Level
from accounts.roles import Role
from accounts.routes import Route, matrix, routes
from tests.cast import Cast, make_cast, signed_in
from tests.objects import KWARGS, Side, make_side, make_sides, make_visited, staff
from visits.roster.models import Person

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
ROUTES = list(routes())
NOT_THERE = 2_000_000_011
OTHER_METHODS = ("head", "options", "put", "patch", "delete")
# What a GET may write: who is there, and who read what (decisions: everything else is a fault).
MAY_WRITE = {"django_session", "accounts_logentry"}
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.I)
TOKEN = re.compile(r'(csrfmiddlewaretoken" value=")[^"]+')


@dataclass
class Stage:
    """The cast with cookies, and two sides of the fence; asks as somebody and undoes what happened."""

    cast: Cast
    ours: Side
    theirs: Side
    cookies: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def subjects(self) -> list[str]:
        return ["anonymous", *self.cast.users]

    def roles(self, who: str) -> frozenset[Role]:
        return frozenset() if who == "anonymous" else self.cast.users[who].duty.roles

    def ask(self, who: str, method: str, url: str, **more: Any) -> Any:
        """The answer, with every change taken back; `written` holds the tables it wrote to."""
        client = self.client
        client.cookies.clear()
        if who != "anonymous":
            client.cookies["sessionid"] = self.cookies[who]
        self.written = []
        with transaction.atomic(), connection.execute_wrapper(self._watch):
            response = getattr(client, method)(url, **more)
            transaction.set_rollback(True)
        return response

    def _watch(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := WRITES.match(sql):
            self.written.append(found[1])
        return execute(sql, params, many, context)


@pytest.fixture
def stage(db: None) -> Iterator[Stage]:
    with time_machine.travel(NOON, tick=False):
        cast = make_cast()
        made = Stage(cast, *make_sides(cast))
        for name, user in cast.users.items():
            made.cookies[name] = signed_in(user).cookies["sessionid"].value
        yield made


def address(route: Route, side: Side) -> str:
    return reverse(route.name, kwargs=KWARGS[route.name](side) if route.takes else None)


def nowhere(route: Route, side: Side) -> str:
    """The same route for something that does not exist."""
    kwargs = KWARGS[route.name](side)
    none = {
        # A day is there for everybody; what it belongs to is not.
        key: uuid.UUID(int=1)
        if isinstance(value, uuid.UUID)
        else value
        if isinstance(value, date)
        else NOT_THERE
        for key, value in kwargs.items()
    }
    return reverse(route.name, kwargs=none)


def at_the_door(response: Any) -> bool:
    return response.status_code == 302 and response["Location"].startswith("/account/sign-in")


def plain(response: Any) -> str:
    return TOKEN.sub(r"\1", response.content.decode())


def short(faults: list[str]) -> str:
    return f"{len(faults)} faults:\n" + "\n".join(faults[:40])


# ── what is declared ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name or route.pattern)
def test_a_route_has_a_name_a_rule_and_an_object(route: Route) -> None:
    assert route.name.rpartition(":")[2], f"{route.pattern} has no name"
    assert route.rule is not None, f"{route.name}: declare @rule(...) directly on the view"
    assert route.rule.roles, f"{route.name}: its rule lets nobody in"
    unknown = set(route.rule.roles) - set(Role) - {"public"}
    assert not unknown, f"{route.name}: no such role: {unknown}"
    if route.takes:
        assert route.name in KWARGS, (
            f"{route.name}: say which object its address names, in one line of KWARGS in tests/objects.py"
        )


def test_no_line_of_the_objects_is_left_over() -> None:
    assert sorted(set(KWARGS) - {route.name for route in ROUTES}) == []


def test_the_written_table_is_current() -> None:
    written = (Path(settings.BASE_DIR) / "docs" / "access.md").read_text(encoding="utf-8")
    assert written == matrix(), "run: manage.py access_matrix"


def test_a_view_without_a_rule_does_not_exist(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts.middleware import RuleRequired

    request = Client().get("/account/sign-in").wsgi_request
    request.user = stage.cast.system_admin
    middleware = RuleRequired(lambda request: pytest.fail("was called"))
    response = middleware.process_view(request, lambda request: None, (), {})
    assert response is not None
    assert response.status_code == 404


# ── who may call what ────────────────────────────────────────────────────────────────────────────


PARTS = 4  # several test processes share what takes longest


@pytest.mark.parametrize("part", range(PARTS))
def test_every_role_gets_exactly_what_is_declared(stage: Stage, part: int) -> None:
    """Anonymous: the door. A role that is not declared: 403. A declared one: never 403 for looking, and the page
    opens for somebody in scope: otherwise the table would be right and empty."""
    faults, cells = [], 0
    for route in ROUTES[part::PARTS]:
        assert route.rule is not None
        url = address(route, stage.ours)
        opened: set[int] = set()
        turned_away = 0
        for who in stage.subjects():
            allowed = route.rule.public or bool(stage.roles(who) & route.rule.roles)
            for method in ("get", "post"):
                # The rule stands before the view and knows no methods: who is turned away once shows it for both.
                if method == "post" and not allowed and turned_away > 2:
                    continue
                response = stage.ask(who, method, url)
                status = response.status_code
                cells += method == "get"
                turned_away += status == 403 and method == "get"
                if status == 405:
                    wrong = ""
                elif status >= 500:
                    wrong = "broke down"
                elif who == "anonymous" and not route.rule.public:
                    wrong = "" if at_the_door(response) else "did not send to the door"
                elif not allowed:
                    wrong = "" if status == 403 else "let in"
                else:
                    wrong = "refused" if status == 403 and method == "get" else ""
                    wrong = "sent to the door" if at_the_door(response) and not route.rule.public else wrong
                if wrong:
                    faults.append(f"{method} {route.name} as {who}: {status}, {wrong}")
                if allowed and method == "get":
                    opened.add(status)
                if method == "get" and (tables := set(stage.written) - MAY_WRITE):
                    faults.append(f"get {route.name} as {who} wrote to {sorted(tables)}")
                if b"\xe2\x9f\xa6" in response.content:
                    faults.append(f"{method} {route.name} as {who}: an undefined variable is shown")
        if not opened & {200, 204, 302, 303} and opened != {405}:
            faults.append(f"{route.name}: nobody in scope opens it, {sorted(opened)}")
    assert not faults, short(faults)
    assert cells == len(ROUTES[part::PARTS]) * len(stage.subjects())


def test_what_is_out_of_scope_is_what_does_not_exist(stage: Stage) -> None:
    """For posts below the city: the neighbour's object and a random number give the same page to the letter."""
    faults, cells = [], 0
    sides = {"neighbour": stage.ours}
    for route in ROUTES:
        assert route.rule is not None
        if not route.takes or route.rule.public:
            continue
        for who, user in stage.cast.users.items():
            duty = user.duty
            if not duty.has(route.rule.roles) or duty.main.level == Level.CITY:
                continue
            side = sides.get(who, stage.theirs)
            for method in ("get", "post"):
                there = stage.ask(who, method, address(route, side))
                cells += 1
                if there.status_code == 405:
                    continue
                if stage.written and set(stage.written) - MAY_WRITE:
                    faults.append(f"{method} {route.name} as {who} wrote out of scope to {stage.written}")
                none = stage.ask(who, method, nowhere(route, side))
                if there.status_code != 404 or plain(there) != plain(none):
                    faults.append(f"{method} {route.name} as {who}: {there.status_code} / {none.status_code}")
    assert not faults, short(faults)
    assert cells > 100


def test_an_inner_object_is_fetched_through_its_parent(stage: Stage) -> None:
    """The parent is ours, what hangs on it is the neighbour's."""
    faults = []
    for route in ROUTES:
        assert route.rule is not None
        if len(route.takes) < 2:
            continue
        ours, theirs = KWARGS[route.name](stage.ours), KWARGS[route.name](stage.theirs)
        if all(ours[key] == theirs[key] for key in route.takes[1:]):
            continue  # a word of ours that names no object
        url = reverse(route.name, kwargs={**theirs, route.takes[0]: ours[route.takes[0]]})
        for who in stage.cast.users:
            if not stage.roles(who) & route.rule.roles:
                continue
            for method in ("get", "post"):
                status = stage.ask(who, method, url).status_code
                if status not in (404, 405):
                    faults.append(f"{method} {route.name} as {who}: {status}")
    assert not faults, short(faults)


def test_no_other_method_breaks_down_or_writes(stage: Stage) -> None:
    faults = []
    subjects = ["anonymous", "township_clerk"]
    for route in ROUTES:
        for who in subjects:
            for method in OTHER_METHODS:
                response = stage.ask(who, method, address(route, stage.ours))
                if response.status_code >= 500:
                    faults.append(f"{method} {route.name} as {who}: {response.status_code}")
                if set(stage.written) - {"django_session"}:
                    faults.append(f"{method} {route.name} as {who} wrote to {stage.written}")
    assert not faults, short(faults)


def test_a_form_of_another_site_is_refused_everywhere(stage: Stage) -> None:
    faults = []
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for route in ROUTES:
        for who in ("anonymous", "township_clerk", "system_admin"):
            client.cookies.clear()
            if who != "anonymous":
                client.cookies["sessionid"] = stage.cookies[who]
            status = client.post(address(route, stage.ours)).status_code
            if status not in (403, 405):
                faults.append(f"{route.name} as {who}: {status}")
    assert not faults, short(faults)


# ── nothing of a stranger on any page ────────────────────────────────────────────────────────────

ABROAD, NEXT_DOOR, WHISPERED = "金丝雀", "翠鸟", "白鹭"
MOST = 300
OF_ONE_KIND = 3
LINK = re.compile(r'(?:href|action|hx-get)="([^"#]+)')
NO_PAGE = {"accounts:sign_out"}


def pages(user: Any) -> Iterator[tuple[str, Any]]:
    """Every page that can be reached by links from the first one, and its files."""
    client = signed_in(user, Client(raise_request_exception=False))
    queue, seen, count = ["/"], {"/"}, 0
    kinds: Counter[str] = Counter()
    while queue and count < MOST:
        url = queue.pop(0)
        try:
            name = resolve(urlsplit(url).path).view_name
        except Resolver404:
            continue
        # A PDF is the print page beside it on paper: the same text, a second each.
        if name in NO_PAGE or name.endswith("_pdf") or kinds[name] >= OF_ONE_KIND:
            continue
        kinds[name] += 1
        response = client.get(url)
        count += 1
        yield url, response
        if not response["Content-Type"].startswith("text/html"):
            continue
        if response.status_code in (301, 302, 303):
            found = [response["Location"]]
        else:
            found = LINK.findall(response.content.decode())
        for link in found:
            target = urljoin(url, link.replace("&amp;", "&"))
            if target.startswith("/") and not target.startswith(("/static/", "//")) and target not in seen:
                if "zi=" in target:
                    continue
                seen.add(target)
                queue.append(target)


def test_no_page_shows_anything_of_a_stranger(stage: Stage) -> None:
    """Canaries sit in every text of people next door and in another county; a whisper sits in our own."""
    cast = stage.cast
    make_side(cast, cast.other_village, *staff(cast.other_village, 2), NEXT_DOOR)
    # Whoever wrote a note reads it; everybody else of the village, also who visits there now, does not.
    writer, _ = staff(cast.village, 3)
    person, _ = make_visited(cast, cast.village, writer, "本地", private=f"{WHISPERED}儿子打她")
    Person.objects.filter(pk=person.pk).update(assignee=cast.visitor)
    village = {Role.VISITOR, Role.VILLAGE_HEAD, Role.LIAISON}
    faults, walked, heard = [], {}, set()
    for role in Role:
        user = cast.users[role.value]
        birds = {ABROAD} | ({NEXT_DOOR, WHISPERED} if role in village else set())
        walked[role] = 0
        for url, response in pages(user):
            walked[role] += 1
            text = response.content.decode(errors="replace")
            if response.status_code >= 500 or response.status_code == 404:
                faults.append(f"{role} {url}: {response.status_code}")
            if "⟦" in text:
                faults.append(f"{role} {url}: an undefined variable is shown")
            heard |= {bird for bird in (NEXT_DOOR, WHISPERED) if bird in text}
            faults += [f"{role} {url}: {bird}" for bird in birds if bird in text]
    neighbour = [
        url for url, answer in pages(cast.neighbour) if NEXT_DOOR in answer.content.decode(errors="replace")
    ]
    assert not faults, short(faults)
    assert neighbour == []
    assert min(walked.values()) >= 2, walked
    # The birds sing for those who may hear them: the walk would be deaf otherwise.
    assert heard == {NEXT_DOOR, WHISPERED}
