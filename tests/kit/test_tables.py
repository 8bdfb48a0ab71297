"""Tables made at once are the tables that Django makes operation by operation."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections, migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from xunfang.kit.tables import Tables
from xunfang.settings.base import database


def _operations() -> list[Operation]:
    return [
        migrations.CreateModel(
            "Village",
            [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20))],
        ),
        migrations.CreateModel(
            "House",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("number", models.IntegerField(default=0)),
                ("village", models.ForeignKey("kit.Village", models.PROTECT)),
            ],
        ),
        # It points back: in no order of the two can each table come with its keys.
        migrations.AddField("Village", "hall", models.ForeignKey("kit.House", models.PROTECT, null=True)),
        migrations.AddIndex("House", models.Index(fields=["village", "number"], name="house_in_order")),
        migrations.AddConstraint(
            "House", models.CheckConstraint(condition=models.Q(number__gte=0), name="house_counted")
        ),
        migrations.RunSQL("CREATE VIEW kit_halls AS SELECT hall_id FROM kit_village", "DROP VIEW kit_halls"),
    ]


def _shape(owner: Any, operations: list[Operation]) -> tuple[Any, ...]:
    """Columns, constraints and views of what the operations make; nothing stays."""
    state = ProjectState()
    assert state.apps is not None
    with owner.schema_editor() as editor:
        for operation in operations:
            before = state.clone()
            operation.state_forwards("kit", state)
            operation.database_forwards("kit", editor, before, state)
    with owner.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_name IN ('kit_village', 'kit_house', 'kit_halls') ORDER BY 1, 2"
        )
        columns = cursor.fetchall()
        found = [owner.introspection.get_constraints(cursor, f"kit_{name}") for name in ("village", "house")]
        cursor.execute("DROP VIEW kit_halls; DROP TABLE kit_village, kit_house CASCADE")
    constraints = [
        sorted(repr((one["columns"], one["primary_key"], one["unique"], one["foreign_key"], one["check"], one["index"]))
               for one in table.values())
        for table in found
    ]  # fmt: skip
    return columns, constraints, set(found[1]) & {"house_in_order", "house_counted"}


@pytest.fixture
def owner(committed: str) -> Iterator[Any]:
    """Tables are made by the database's owner; a connection of its own to a copy."""
    made = connections.create_connection("default")
    given = database(os.environ["DATABASE_OWNER_URL"])
    made.settings_dict.update(given, NAME=committed)
    yield made
    made.close()


def test_they_are_the_same_tables_with_keys_both_ways(owner: Any) -> None:
    one_by_one = _shape(owner, _operations())
    assert _shape(owner, [Tables(_operations())]) == one_by_one
    assert one_by_one[2] == {"house_in_order", "house_counted"}


def test_the_state_is_the_same() -> None:
    singly, at_once = ProjectState(), ProjectState()
    for operation in _operations():
        operation.state_forwards("kit", singly)
    Tables(_operations()).state_forwards("kit", at_once)
    assert singly == at_once
