"""Two people at one table at the same moment, again and again, on two connections: signing, striking, sending back,
paper, approving, taking away. What may come of each pair is said here; what did come is compared with the rows."""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from django.db import connections
from django.db.models import Count
from django.utils import timezone

from accounts.models import LogEntry, User
from accounts.roles import Role
from accounts.scoping import duty_of
from tests.cast import Cast, make_person, make_user
from tests.kit.papers import pdf
from tests.visits.records.signing_cast import AT, DAY, visit_of
from visits.records import sheet_rows
from visits.records.models import SLOT_ROLES, LineReturn, Sheet, SheetLine, Signature
from visits.records.services import approval
from visits.records.services.approval import Paper
from visits.records.services.signing import CannotSign, sign, strike

PAPER = Paper("a.pdf", pdf())
#: Pair of acts → how many names stand before it, and what the two may come to (in the order of the acts).
ONE = {(True, False), (False, True)}
PAIRS: dict[tuple[str, str], tuple[int, set[tuple[bool, bool]]]] = {
    ("sign", "sign"): (0, ONE),
    ("sign", "paper"): (0, ONE | {(True, True)}),  # the paper adds the names that are missing
    ("paper", "paper"): (0, ONE),
    ("strike", "sign"): (0, {(True, True), (False, True)}),
    ("strike", "strike"): (0, ONE),
    ("return", "sign"): (2, ONE),
    ("approve", "approve"): (3, ONE),
    ("approve", "return"): (3, ONE),
    ("approve", "void"): (3, {(True, True), (False, True)}),
    ("void", "return"): (3, ONE),
}


@dataclass
class Tally:
    """What came of all pairs; `faults`: what must not happen."""

    pairs: int = 0
    collisions: int = 0
    faults: list[str] = field(default_factory=list)
    outcomes: Counter = field(default_factory=Counter)


@dataclass
class Side:
    """One of the two: its own users, so that each connection has its own."""

    signers: dict[int, int]
    clerk: int
    officer: int


def make_sides(cast: Cast) -> list[Side]:
    """Two of every post."""
    sides = []
    for n in (1, 2):
        units = {1: cast.village, 2: cast.village, 3: cast.township}
        signers = {
            slot: make_user(f"签{n}{slot}", f"138000007{n}{slot}", role, units[slot]).pk
            for slot, role in SLOT_ROLES.items()
        }
        clerk = make_user(f"经办{n}", f"138000008{n}1", Role.TOWNSHIP_CLERK, cast.township).pk
        officer = make_user(f"县办{n}", f"138000009{n}1", Role.COUNTY_OFFICER, cast.county).pk
        sides.append(Side(signers, clerk, officer))
    return sides


def make_tables(cast: Cast, visits: list[Any], pairs: list[tuple[str, str]], start: int) -> list[Sheet]:
    """A frozen table of the same two records for each pair, with the names that stand before it."""
    lines = sheet_rows.live(_table(cast, start, visits), DAY)
    tables, signatures = [], []
    for n, pair in enumerate(pairs, start=start):
        table, names = _table(cast, n, visits), PAIRS[pair][0]
        table.seal, table.frozen_at = sheet_rows.seal_of(table, lines), AT
        table.state = {0: "open", 2: "signing", 3: "signed"}[names]
        tables.append(table)
    Sheet.objects.bulk_create(tables)
    SheetLine.objects.bulk_create(
        SheetLine(sheet=table, row=x.row, person_id=x.person_id, visit_id=x.visit_id, exceptional=x.exceptional,
                  content=dict(x.content))
        for table in tables for x in lines
    )  # fmt: skip
    at = timezone.make_aware(datetime.combine(DAY, time(9)))
    for table, pair in zip(tables, pairs, strict=True):
        signatures += [
            Signature(sheet=table, slot=slot, signed_name="前面签的", title="", method="paper", seal=table.seal,
                      recorded_by=cast.township_clerk, signed_at=at)
            for slot in range(1, PAIRS[pair][0] + 1)
        ]  # fmt: skip
    Signature.objects.bulk_create(signatures)
    return tables


def _table(cast: Cast, number: int, visits: list[Any]) -> Sheet:
    first = min(visit.visited_on for visit in visits)
    return Sheet(
        uuid=uuid.uuid4(), kind="village", period=f"{number}Q3", period_start=first.replace(day=1),
        period_end=DAY, batch_no=1, sign_by=DAY, county_id=cast.county.pk, township_id=cast.township.pk,
        village_id=cast.village.pk,
    )  # fmt: skip


def act(name: str, table: Sheet, names: int, side: Side, users: dict[int, User]) -> bool:
    """Do it; False when it was refused in words. Anything else is raised."""
    digest, slot = bytes(table.seal).hex(), names + 1  # type: ignore[arg-type]
    signer = users[side.signers[min(slot, 3)]]
    clerk, officer = users[side.clerk], users[side.officer]
    here: dict[str, Any] = {"sheet_id": table.pk, "at": AT}
    acts: dict[str, Callable[[], Any]] = {
        "sign": lambda: sign(slot=slot, by=signer, digest=digest, **here),
        "strike": lambda: strike(rows=[1], reason="写清楚", by=signer, digest=digest, **here),
        "return": lambda: approval.return_sheet(
            reason="请核对", by=officer if names == 3 else signer, **here
        ),
        "paper": lambda: approval.attach_paper(
            file=PAPER, code=digest[:8], signed_on=DAY, by=clerk, **here,
            names=["甲", "乙", "丙"][Signature.objects.filter(sheet=table).count():],
        ),
        "approve": lambda: approval.approve(sheet_ids=[table.pk], by=officer, at=AT)[0] == 1,
        "void": lambda: approval.void_sheet(reason="重复了", by=officer, **here),
    }  # fmt: skip
    try:
        return acts[name]() is not False
    except CannotSign:
        return False


def collide(cast: Cast, count: int, *, seed: int, batch: int = 500) -> Tally:
    """So many pairs, in batches of tables; every pair starts at a gate."""
    chance, tally = random.Random(seed), Tally()
    sides = make_sides(cast)
    for start in range(0, count, batch):
        # Of their own: a record that was signed on one table is on no other.
        visits = [visit_of(cast, make_person(cast, name=f"余细{n}")) for n in "甲乙"]
        pairs = [chance.choice(list(PAIRS)) for _ in range(min(batch, count - start))]
        tables = make_tables(cast, visits, pairs, 1000 + start)
        results = _both(sides, list(zip(pairs, tables, strict=True)), chance.random())
        _compare(tally, pairs, tables, results)
    return tally


def _both(sides: list[Side], work: list[tuple[tuple[str, str], Sheet]], seed: float) -> list[list[Any]]:
    gate = threading.Barrier(2, timeout=60)
    results: list[list[Any]] = [[None] * len(work), [None] * len(work)]

    def run(n: int) -> None:
        chance = random.Random(seed + n)
        users = {pk: _on_duty(pk) for pk in (*sides[n].signers.values(), sides[n].clerk, sides[n].officer)}
        try:
            for place, (pair, table) in enumerate(work):
                gate.wait()
                # A little late by chance, so that every step of the one meets every step of the other.
                for _ in range(chance.randrange(0, 20_000, 500)):
                    pass
                try:
                    results[n][place] = act(pair[n], table, PAIRS[pair][0], sides[n], users)
                except Exception as error:  # a deadlock, a broken constraint: told by the comparison
                    results[n][place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=1200)
    return results


def _on_duty(pk: int) -> User:
    found = User.objects.get(pk=pk)
    duty_of(found, DAY)
    return found


def _compare(
    tally: Tally, pairs: list[tuple[str, str]], tables: list[Sheet], results: list[list[Any]]
) -> None:
    """What the two were told against the rows: no name twice, none lost, each state what its names and acts make."""
    ids = [table.pk for table in tables]
    now = {row.pk: row for row in Sheet.objects.filter(pk__in=ids)}
    slots: dict[int, list[int]] = {pk: [] for pk in ids}
    for sheet, slot in Signature.objects.filter(sheet_id__in=ids).values_list("sheet_id", "slot"):
        slots[sheet].append(slot)
    struck = dict(
        LineReturn.objects.filter(line__sheet_id__in=ids)
        .values_list("line__sheet_id")
        .annotate(n=Count("pk"))
    )
    logged = Counter(
        LogEntry.objects.filter(
            object_type="sheet", object_id__in=[str(table.uuid) for table in tables]
        ).values_list("object_id", flat=True)
    )
    for place, (pair, table) in enumerate(zip(pairs, tables, strict=True)):
        came = (results[0][place], results[1][place])
        tally.pairs += 1
        tally.outcomes[pair, came] += 1
        tally.collisions += came != (True, True)
        if came not in PAIRS[pair][1]:
            tally.faults.append(f"{pair} came to {came}")
            continue
        done = [name for name, ok in zip(pair, came, strict=True) if ok]
        before = PAIRS[pair][0]
        wanted = 3 if "paper" in done else before + done.count("sign")
        if sorted(slots[table.pk]) != list(range(1, wanted + 1)):
            tally.faults.append(f"{pair} {came}: names in {sorted(slots[table.pk])}, not {wanted}")
        if struck.get(table.pk, 0) != done.count("strike"):
            tally.faults.append(f"{pair} {came}: {struck.get(table.pk, 0)} lines struck")
        if logged[str(table.uuid)] != len(done):
            tally.faults.append(
                f"{pair} {came}: {logged[str(table.uuid)]} rows in the log for {len(done)} acts"
            )
        if now[table.pk].state not in _states(done, wanted):
            tally.faults.append(f"{pair} {came}: state {now[table.pk].state}")


def _states(done: list[str], names: int) -> set[str]:
    for name, state in (("void", "voided"), ("return", "returned"), ("approve", "approved")):
        if name in done:
            return {state}
    return {{0: "open", 3: "signed"}.get(names, "signing")}
