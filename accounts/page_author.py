"""Whose page a form stands on: a signed token in every form, so that what was typed reaches its author again.

It names the account and nothing else, opens nothing and is believed for three days. Without one that is believed
nothing is kept, and nothing that was posted is shown (docs/adr/0021).
"""

from datetime import timedelta

from django.core import signing
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

FIELD = "page_author"
# The kept form that is being sent again, if one is.
KEPT = "kept_form"
AGE = timedelta(days=3)
_signer = signing.TimestampSigner(salt="accounts.page_author")


def token(user_id: int) -> str:
    return _signer.sign(str(user_id))


def read(text: str) -> int | None:
    """The account that a token names; None when it is missing, changed or too old."""
    try:
        return int(_signer.unsign(text, max_age=AGE))
    except signing.BadSignature:
        return None


def author_of(request: HttpRequest) -> int | None:
    """Whose page this form was posted from; None also for what is no post."""
    return read(posted(request).get(FIELD, ""))


def posted(request: HttpRequest) -> QueryDict:
    """The fields of the post; none where they can't be read (too many, too big, broken off)."""
    if request.method != "POST":
        return QueryDict()
    try:
        return request.POST
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return QueryDict()
