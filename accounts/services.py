"""What happens to an account: made, given a post, given a new password, closed. Nobody changes their own."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User


class CannotManage(Exception):
    """The account can't be changed like this; the text says why and is shown."""


@transaction.atomic
def change_password(*, by: User, new: str, at: datetime) -> User:
    """One's own password; the form has checked the old one. Other sessions end, because their hash is over."""
    user = User.objects.select_for_update().get(pk=by.pk)
    user.set_password(new)
    user.must_change_password = False
    user.password_changed_at = at
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    audit.record("password_changed", at=at, by_id=user.pk, target=user)
    return user
