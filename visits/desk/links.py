"""Addresses of the other rooms' pages, by name."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse


def to(view: str, *args: Any, **query: Any) -> str:
    """The address of a page with its query; empty values are left out of the query."""
    values = {key: value for key, value in query.items() if value not in ("", None)}
    url = reverse(view, args=args)
    return f"{url}?{urlencode(values)}" if values else url
