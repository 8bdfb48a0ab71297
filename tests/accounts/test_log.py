"""The sealed log: it stays whole under many writers, nobody of ours can change it, and a change is found."""

import datetime as dt
import os
import threading
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.db import ProgrammingError, connection, connections, transaction
from django.db.utils import InternalError, NotSupportedError
from django.utils import timezone

from accounts import audit
from accounts.models import LogEntry, LogHead, User
from accounts.roles import Role
from tests.cast import make_cast, make_user, signed_in
from xunfang.settings.base import database

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
# What the application's own role may try on the log, and must not be able to.
ATTACKS = {
    "edit": "UPDATE accounts_logentry SET action = 'nothing'",
    "edit of a number": "UPDATE accounts_logentry SET number = number + 1",
    "delete": "DELETE FROM accounts_logentry",
    "empty": "TRUNCATE accounts_logentry",
    "drop": "DROP TABLE accounts_logentry",
    "alter": "ALTER TABLE accounts_logentry ADD COLUMN x int",
    "switch the trigger off": "ALTER TABLE accounts_logentry DISABLE TRIGGER ALL",
    "drop the trigger": "DROP TRIGGER log_keep ON accounts_logentry",
    "replace the seal": "CREATE OR REPLACE FUNCTION accounts_log_seal_of(accounts_logentry) RETURNS bytea"
    " LANGUAGE sql AS $$ SELECT ''::bytea $$",
    "skip triggers": "SET session_replication_role = replica",
    "move the head": "UPDATE accounts_loghead SET number = 0",
    "cut the head": "DELETE FROM accounts_loghead",
    "a table of its own": "CREATE TABLE other (id int)",
    "another schema": "CREATE SCHEMA other",
    "become the owner": "SET ROLE xunfang_owner",
    "edit a history": "UPDATE accounts_userevent SET name = 'x'",
    "delete a history": "DELETE FROM accounts_postevent",
    "empty a history": "TRUNCATE accounts_regionevent",
    "edit a signed line": "UPDATE visits_records_sheetline SET content = '{}'",
    "take a signature away": "DELETE FROM visits_records_signature",
    "forget a migration": "DELETE FROM django_migrations",
}


def write(count: int, action: str = "signed_in") -> None:
    for number in range(count):
        with transaction.atomic():
            audit.record(action, at=timezone.now(), by_id=None, object_type="log", number_of=number)


@pytest.fixture
def owner(committed: str) -> Iterator[Any]:
    """Somebody with all rights over the tables: what the application's role can't, the seal must show."""
    entry = database(os.environ["DATABASE_OWNER_URL"])
    made = psycopg2.connect(
        dbname=committed,
        user=entry["USER"],
        password=entry["PASSWORD"],
        host=entry["HOST"],
        port=entry["PORT"],
    )
    made.autocommit = True

    class Tamper:
        """Switches the guards off, does it, and switches them on again so that nothing shows."""

        def execute(self, statement: str, values: list[Any] | None = None) -> None:
            with made.cursor() as cursor:
                cursor.execute("ALTER TABLE accounts_logentry DISABLE TRIGGER USER")
                cursor.execute(statement, values)
                cursor.execute("ALTER TABLE accounts_logentry ENABLE TRIGGER USER")

    yield Tamper()
    made.close()


# ── whole under many writers ─────────────────────────────────────────────────────────────────────


def test_eight_writers_leave_one_unbroken_chain(committed: str) -> None:
    before = LogHead.objects.get().number
    failures: list[Exception] = []

    def work() -> None:
        try:
            write(40)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    verdict = audit.verify()
    assert (verdict.rows, verdict.broken) == (before + 320, None)
    assert verdict.why == "逐条核对过，没有改动"
    numbers = LogEntry.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, before + 321))


def test_several_rows_of_one_transaction_are_sealed_in_turn(committed: str) -> None:
    with transaction.atomic():
        for _ in range(3):
            audit.record("signed_in", at=NOON, by_id=None)
    assert audit.verify().broken is None
    assert not LogEntry.objects.filter(number=None).exists()


def test_a_rolled_back_transaction_leaves_neither_row_nor_gap(committed: str) -> None:
    before = LogHead.objects.get().number
    with transaction.atomic():
        audit.record("signed_in", at=NOON, by_id=None)
        transaction.set_rollback(True)
    write(1)
    assert LogHead.objects.get().number == before + 1
    assert audit.verify().broken is None


def test_a_row_can_not_bring_its_own_number(committed: str) -> None:
    for values in ({"number": 7}, {"seal": b"x"}, {"previous": b"x"}):
        with pytest.raises(InternalError, match="the log seals itself"), transaction.atomic():
            LogEntry.objects.create(at=NOON, action="signed_in", **values)


# ── what the application's role may not ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("statement", ATTACKS.values(), ids=ATTACKS.keys())
@pytest.mark.django_db
def test_the_application_can_not(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "app_rt"
        with pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute(statement)


@pytest.mark.django_db
def test_the_application_can_not_reach_the_head_by_the_seal_function() -> None:
    with connection.cursor() as cursor, pytest.raises(NotSupportedError), transaction.atomic():
        cursor.execute("SELECT accounts_log_seal()")


# ── what whoever may do anything leaves behind ───────────────────────────────────────────────────


def test_an_edit_is_found(owner: Any) -> None:
    write(20)
    number = LogHead.objects.get().number - 9
    owner.execute("UPDATE accounts_logentry SET actor_id = 4711 WHERE number = %s", [number])
    verdict = audit.verify()
    assert verdict.broken == number
    assert verdict.why == f"第{number}条的内容被改过"


@pytest.mark.parametrize(
    "column",
    ["at = at + interval '1 second'", "role = 'x'", "action = 'x'", "object_type = 'x'", "object_id = 'x'",
     "county_id = 1", "township_id = 1", "village_id = 1", "detail = '{}'"],
)  # fmt: skip
def test_an_edit_of_any_column_is_found(owner: Any, column: str) -> None:
    write(3)
    number = LogHead.objects.get().number - 1
    owner.execute(f"UPDATE accounts_logentry SET {column} WHERE number = %s", [number])
    assert audit.verify().broken == number


def test_a_resealed_edit_is_found_by_the_next_row(owner: Any) -> None:
    write(5)
    number = LogHead.objects.get().number - 2
    owner.execute("UPDATE accounts_logentry SET action = 'x' WHERE number = %s", [number])
    owner.execute("UPDATE accounts_logentry l SET seal = accounts_log_seal_of(l) WHERE number = %s", [number])
    verdict = audit.verify()
    assert verdict.broken == number + 1
    assert "接不上" in verdict.why


def test_a_row_taken_out_of_the_middle_is_found(owner: Any) -> None:
    write(10)
    number = LogHead.objects.get().number - 4
    owner.execute("DELETE FROM accounts_logentry WHERE number = %s", [number])
    verdict = audit.verify()
    assert verdict.broken == number + 1
    assert "少了记录" in verdict.why


def test_a_cut_tail_is_found(owner: Any) -> None:
    write(10)
    head = LogHead.objects.get().number
    owner.execute("DELETE FROM accounts_logentry WHERE number > %s", [head - 3])
    verdict = audit.verify()
    assert verdict.broken == head - 2
    assert verdict.why == "末尾少了3条"


def test_a_row_beside_the_chain_is_found(owner: Any) -> None:
    owner.execute(
        "INSERT INTO accounts_logentry (id, at, role, action, object_type, object_id, detail)"
        " VALUES (gen_random_uuid(), now(), '', 'x', '', '', '{}')"
    )
    assert audit.verify().why == "有1条没有编号，不是系统写的"


def test_an_emptied_log_is_found(owner: Any) -> None:
    write(2)
    owner.execute("DELETE FROM accounts_logentry")
    assert audit.verify().broken is not None


def test_a_row_slipped_in_is_found(owner: Any) -> None:
    write(5)
    owner.execute(
        "INSERT INTO accounts_logentry (id, at, role, action, object_type, object_id, detail, number, previous, seal)"
        " SELECT gen_random_uuid(), at, role, 'x', object_type, object_id, detail, number + 1000, seal, seal"
        " FROM accounts_logentry ORDER BY number DESC LIMIT 1"
    )
    assert audit.verify().broken is not None


# ── histories ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_history_has_a_row_for_each_row_of_a_bulk_change() -> None:
    from accounts.models import Region

    events = Region._meta.apps.get_model("accounts", "RegionEvent").objects
    before = events.count()
    changed = Region.objects.filter(level=2).update(duty_phone="0591-20000000")
    assert events.count() == before + changed
    users = User._meta.apps.get_model("accounts", "UserEvent").objects
    before = users.count()
    User.objects.bulk_create([User(name=f"批量{n}", staff_no=f"B{n}", password="!") for n in range(7)])
    assert users.count() == before + 7
    assert "password" not in {field.name for field in users.model._meta.fields}


# ── the auditor's page ───────────────────────────────────────────────────────────────────────────


def seal() -> None:
    """In a test that is rolled back there is no COMMIT to seal at."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def words(response: Any) -> str:
    html: str = response.content.decode()
    assert "⟦" not in html
    return html


def test_the_auditor_reads_newest_first_with_names_and_words(cast: Any) -> None:
    audit.record("signed_in", at=NOON, by_id=cast.visitor.pk, role="visitor", target=cast.visitor)
    audit.record(
        "unit_renamed", at=NOON, by_id=cast.city_business.pk, role="city_business", target=cast.village
    )
    seal()
    html = words(signed_in(cast.auditor).get("/account/log"))
    assert html.index("单位改名") < html.rindex(">登录<")
    assert "月洲村" in html
    assert "市级业务管理员" in html
    assert f"第<b>{LogHead.objects.get().number}</b>条" in html


def test_reading_leaves_no_row_and_checking_does(cast: Any) -> None:
    client = signed_in(cast.auditor)
    seal()
    before = LogEntry.objects.count()
    client.get("/account/log")
    assert LogEntry.objects.count() == before
    response = client.post("/account/log", {})
    assert "逐条核对过，没有改动" in words(response)
    assert LogEntry.objects.get(action="log_verified").detail["broken"] is None


def test_the_log_pages_without_gap_and_filters_by_action_and_day(cast: Any) -> None:
    for number in range(130):
        audit.record("signed_in", at=NOON + dt.timedelta(days=number % 2), by_id=cast.visitor.pk)
    audit.record("user_created", at=NOON, by_id=cast.system_admin.pk, target=cast.visitor)
    seal()
    client = signed_in(cast.auditor)
    first = words(client.get("/account/log"))
    head = LogHead.objects.get().number
    assert f"before={head - 99}" in first
    second = words(client.get(f"/account/log?before={head - 99}"))
    assert f">{head - 100}<" in second
    assert f">{head - 99}<" not in second
    only = words(client.get("/account/log?action=user_created"))
    assert "共1条" in only
    assert "共65条" in words(client.get("/account/log?action=signed_in&day=2026-11-25"))
    assert client.get("/account/log?action=x'&day=never&before=-3").status_code == 200


def test_a_changed_log_is_said_in_red(owner: Any) -> None:
    cast = make_cast(timezone.localdate())
    write(5)
    owner.execute("UPDATE accounts_logentry SET role = 'x' WHERE number = 2")
    html = words(signed_in(cast.auditor).post("/account/log", {}))
    assert "第2条的内容被改过" in html
    assert "s-late" in html


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
def test_nobody_else_reads_the_log(cast: Any, role: Role) -> None:
    assert signed_in(cast.users[role.value]).get("/account/log").status_code == 403


def test_a_second_post_beside_the_auditor_s_gives_no_more_rights(cast: Any) -> None:
    clerk = make_user("另一位", "13900001140", Role.TOWNSHIP_CLERK, cast.township)
    assert signed_in(clerk).post("/account/log", {}).status_code == 403
