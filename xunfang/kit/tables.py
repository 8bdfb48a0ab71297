"""An application's tables made at once, by its first migrations (docs/adr/0028).

Django draws every model anew after every single operation of a migration: with 150 models that are all connected,
making an empty database took a minute and a half of processor time, nearly all of it spent on drawing."""

from typing import Any

from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

#: What a table has from the start, when it is made with the state at the end.
PARTS = (AddField, AddIndex, AddConstraint)


class Tables(Operation):
    """The operations that `makemigrations` wrote, of which each table is made once, with all that was added to it.

    Whatever else is among them (triggers; parts of tables that exist) runs afterwards, in its order. There is no way
    back: what comes before is an empty database.
    """

    reduces_to_sql = True
    reversible = False

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # drawn again when it is asked for, once
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        made = {one.name_lower for one in self.operations if isinstance(one, CreateModel)}
        for operation in self.operations:
            if isinstance(operation, CreateModel):
                model = to_state.apps.get_model(app_label, operation.name)
                if self.allow_migrate_model(schema_editor.connection.alias, model):
                    schema_editor.create_model(model)
        for operation in self.operations:
            part = isinstance(operation, PARTS) and operation.model_name_lower in made
            if not part and not isinstance(operation, CreateModel):
                operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Make {sum(isinstance(one, CreateModel) for one in self.operations)} tables"
