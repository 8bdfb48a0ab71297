"""Four connections at once on real commits: one name in a slot, one table a village and quarter."""

import threading

import pytest
from django.db import connection, connections

from accounts.models import User
from accounts.roles import Role
from accounts.scoping import duty_of
from tests.cast import make_cast, make_person, make_user
from tests.visits.records.colliding import PAIRS as PAIRS_OF_ACTS
from tests.visits.records.colliding import collide
from tests.visits.records.signing_cast import AT, DAY, digest_of, drafted, owed, visit_of
from visits.records.models import Sheet, Signature
from visits.records.services.sheets import draft_due_sheets, draft_sheet
from visits.records.services.signing import CannotSign, sign
from visits.records.services.visiting import CannotVisit, void

THREADS = 4
TABLES = 15
PAIRS = 160


@pytest.fixture
def village(committed):
    cast = make_cast(DAY)
    owed(make_person(cast, name="郑水清"))
    heads = [cast.village_head] + [
        make_user(f"副主任{n}", f"138000004{n:02d}", Role.VILLAGE_HEAD, cast.village)
        for n in range(THREADS - 1)
    ]
    return cast, [head.pk for head in heads]


def at_once(work, count=THREADS):
    """Run `work(n)` in threads that start together; gives what they returned or refused with."""
    gate, results = threading.Barrier(count), [None] * count

    def run(n):
        try:
            gate.wait(timeout=20)
            results[n] = work(n)
        except CannotSign as refusal:
            results[n] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def user(pk):
    found = User.objects.get(pk=pk)
    duty_of(found, DAY)
    return found


def test_of_four_who_sign_at_once_one_does_and_three_are_told(village):
    cast, heads = village
    first = drafted(cast)
    tables = [first]
    for number in range(1, TABLES):
        # As many tables of other quarters as races: the same lines, a quarter each.
        copy = Sheet.objects.get(pk=first.pk)
        copy.pk, copy.uuid, copy.batch_no, copy._state.adding = None, None, number + 1, True
        copy.uuid = type(first.uuid)(int=number)
        copy.period, copy.state = f"{1900 + number}Q3", "open"
        copy.save(force_insert=True)
        tables.append(copy)
    collisions = 0
    for table in tables:
        digest = digest_of(table)
        results = at_once(
            lambda n, table=table, digest=digest: sign(
                sheet_id=table.pk, slot=1, by=user(heads[n]), at=AT, digest=digest
            )
        )
        refused = [result for result in results if isinstance(result, CannotSign)]
        assert len(refused) == THREADS - 1, results
        assert all("已经签过这一格" in str(refusal) for refusal in refused)
        assert Signature.objects.filter(sheet=table).count() == 1
        assert table.lines.count() == 1
        collisions += len(refused)
    assert collisions == TABLES * (THREADS - 1)


def test_whoever_meets_at_a_table_no_name_is_doubled_none_is_lost_and_nobody_waits_for_ever(committed):
    """Ten kinds of pairs by chance; the whole ten thousand are run by `make bench` (test_bench_races)."""
    found = collide(make_cast(DAY), PAIRS, seed=2026)
    assert found.faults == []
    assert found.pairs == PAIRS
    assert len({pair for pair, _ in found.outcomes}) == len(PAIRS_OF_ACTS)


def test_four_drafts_at_once_make_one_table(village):
    cast, _ = village
    clerk = cast.township_clerk.pk

    def work(n):
        if n % 2:
            return draft_due_sheets(DAY)
        return draft_sheet(village_id=cast.village.pk, period_key="2026Q3", by=user(clerk), at=AT).pk

    at_once(work)
    assert Sheet.objects.filter(kind="village").count() == 1
    assert connection.settings_dict["NAME"].endswith("_copy")


def test_a_record_taken_back_while_it_is_signed_is_never_both(village):
    """The visitor may take back what nobody signed; the head signs what was shown. One of the two comes first."""
    cast, heads = village
    visitor, races = cast.visitor.pk, 25
    outcomes = {"signed": 0, "voided": 0}
    for number in range(races):
        person = make_person(cast, name=f"余细{'甲乙丙丁'[number % 4]}")
        visit = visit_of(cast, person)
        table = drafted(cast)
        digest = digest_of(table)

        def work(n, table=table, digest=digest, visit=visit):
            if n == 0:
                return sign(sheet_id=table.pk, slot=1, by=user(heads[0]), at=AT, digest=digest)
            try:
                return void(visit_id=visit.pk, reason="记错人了", by=user(visitor), at=AT)
            except CannotVisit as refusal:
                raise CannotSign(str(refusal))

        results = at_once(work, 2)
        signed = not isinstance(results[0], CannotSign)
        visit.refresh_from_db()
        assert signed != (visit.voided_at is not None), results
        assert signed == visit.sheet_lines.exists()
        outcomes["signed" if signed else "voided"] += 1
        if signed:
            Sheet.objects.filter(pk=table.pk).update(state="signed")  # done with; the next race has its own
    assert sum(outcomes.values()) == races
