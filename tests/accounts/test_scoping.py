"""What is asked once for a page."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.middleware import OnDuty
from accounts.models import User
from accounts.scoping import once
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db


def test_what_is_kept_while_a_page_is_read_is_gone_with_the_request_and_never_there_for_a_change(
    cast: Cast,
) -> None:
    """A grant that ends between two pages ends on the second; who presses a button is never answered from before."""
    asked: list[int] = []

    def ask() -> int:
        asked.append(1)
        return len(asked)

    user = cast.township_clerk
    assert [once(user, "key", ask), once(user, "key", ask)] == [1, 2]
    seen: list[bool] = []
    middleware = OnDuty(lambda request: seen.append(hasattr(request.user, "while_reading")) or HttpResponse())
    for method in ("get", "post"):
        request = getattr(RequestFactory(), method)("/")
        request.user, request.session = User.objects.get(pk=user.pk), signed_in(user).session
        middleware(request)
    assert seen == [True, False]
