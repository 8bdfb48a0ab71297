"""Numbers that are given once and never again: file numbers, record numbers."""

from django.db import connection


def take(counter: str, count: int = 1) -> range:
    """The next `count` numbers of a counter, starting at 1. A rolled back transaction may leave no gap,
    because the counter's row is locked until commit; two takers wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kit_counter (name, value) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET value = kit_counter.value + EXCLUDED.value RETURNING value",
            [counter, count],
        )
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)


def take_one(counter: str) -> int:
    """The next number of a counter."""
    return take(counter)[0]
