"""The short code of a 开通单 as something one proves who one is with, so that wrong ones are counted."""

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone

from accounts import openings
from accounts.backends import find, normalise
from accounts.models import User


class OpeningCode(ModelBackend):
    """Proves who chooses a first password, and is no password itself.

    It goes through `authenticate`, so that a wrong code counts (and locks) like a wrong password."""

    # SECURITY: the argument's name holds “secret”, so that Django and axes keep it out of what they write.
    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, username: str, opening_secret: str
    ) -> User | None:
        user = find(normalise(username))
        opening = openings.by_code(user or User(pk=0), opening_secret, timezone.now())
        return user if opening is not None else None
