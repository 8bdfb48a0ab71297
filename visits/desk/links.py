"""Addresses of the other rooms' pages, by name."""

from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


def to(view: str, *args: Any, **query: Any) -> str:
    """The address of a page with its query; "" when this installation has no such page, and then no link
    is drawn. Empty values are left out of the query."""
    try:
        url = reverse(view, args=args)
    except NoReverseMatch:
        return ""
    values = {key: value for key, value in query.items() if value not in ("", None)}
    return f"{url}?{urlencode(values)}" if values else url
