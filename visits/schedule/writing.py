"""Who writes due items does so alone."""

from django.db import connection


def one_at_a_time() -> None:
    """Wait until nobody else writes due items, and let nobody until the transaction ends. Whoever moves people comes by
    here after having moved them: rows that were being written under the old units are seen then, and what is read of
    units from here on is of today."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(4042018)")
