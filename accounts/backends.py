"""Sign-in by mobile number or staff number: one field, one answer for every kind of wrong."""

import unicodedata
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.http import HttpRequest

from accounts.models import User
from xunfang.kit.prepared import Prepared


def normalise(text: str) -> str:
    """Full-width digits, blanks and hyphens in a number are what people type: they change nothing."""
    folded = unicodedata.normalize("NFKC", text or "")
    return "".join(ch for ch in folded if ch not in " -\u3000").upper()[:40]


def login_key(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The name under which failed tries are counted: phone and staff number of one person are one name,
    and a name that nobody has is counted (and locked) like any other."""
    # SECURITY: axes asks three times, each in its own way: before a try with what was typed under the name
    # of the user model's key, after a failure with it under "username", after success with the key itself.
    # All must meet in one name, or a locked account opens to the right password.
    typed: Any = ""
    if credentials:
        typed = credentials.get("username", credentials.get(User.USERNAME_FIELD))
    elif request is not None:
        typed = request.POST.get("username", "")
    if isinstance(typed, int):
        return f"user:{typed}"
    name = normalise(typed or "")
    user = find(name)
    return f"user:{user.pk}" if user else f"name:{name}"


def find(name: str) -> User | None:
    return User.objects.filter(Q(phone=name) | Q(staff_no=name)).first() if name else None


_USER = Prepared[User](lambda *, pk: User.objects.filter(pk=pk))


class PhoneOrStaffNumber(ModelBackend):
    def get_user(self, user_id: Any) -> User | None:
        user = _USER.first(pk=int(user_id))
        return user if user is not None and self.user_can_authenticate(user) else None

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        user = find(normalise(username))
        if user is None:
            make_password(password)  # SECURITY: an unknown name takes as long as a known one
            return None
        if user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None
