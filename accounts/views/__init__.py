"""The pages of accounts. What settings and the root addresses name is gathered here."""

from accounts.views.errors import (
    bad_request,
    csrf_failure,
    forbidden,
    locked_out,
    not_found,
    server_error,
)
from accounts.views.signing_in import health

__all__ = [
    "bad_request",
    "csrf_failure",
    "forbidden",
    "health",
    "locked_out",
    "not_found",
    "server_error",
]
