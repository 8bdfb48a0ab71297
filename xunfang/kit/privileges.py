"""Two database roles: the owner migrates, the application's own role can change no schema and no log.

A model that may only grow says so with ``append_only = True``; history tables of django-pghistory are
append-only as well. The grants follow from the models, so that a new log can't be forgotten.
"""

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


def append_only_tables() -> set[str]:
    """Tables into which the application may insert, and which it may never change or empty."""
    return {
        model._meta.db_table
        for model in apps.get_models()
        if getattr(model, "append_only", False) or hasattr(model, "pgh_tracked_model")
    }


def grant(connection: BaseDatabaseWrapper) -> None:
    """Give the runtime role its rights. Run as the owner of the tables."""
    quote = connection.ops.quote_name
    role = quote(settings.RUNTIME_DB_ROLE)
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    ]
    existing = set(connection.introspection.table_names())
    for table in sorted(append_only_tables() & existing):
        statements.append(f"REVOKE UPDATE, DELETE, TRUNCATE ON {quote(table)} FROM {role}")
    for table in ("accounts_loghead", "django_migrations"):
        if table in existing:
            # SECURITY: only the sealing trigger (owner's rights) moves the head of the chain.
            statements.append(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {quote(table)} FROM {role}")
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def grant_after_migrate(using: str, **_: object) -> None:
    """After every migrate: PostgreSQL gives a role nothing on tables that are made later."""
    connection = connections[using]
    if connection.settings_dict["USER"] != settings.RUNTIME_DB_ROLE:
        grant(connection)
