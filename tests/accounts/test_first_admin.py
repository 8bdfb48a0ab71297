"""A new installation gets its first administrator by a command, once."""

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import LogEntry, Post, User

pytestmark = pytest.mark.django_db


def test_the_first_administrator_signs_in_once_and_must_choose_a_password() -> None:
    said = io.StringIO()
    call_command("first_admin", "林依妹", "13800000000", stdout=said)
    password = re.search(r"口令 (\S+)", said.getvalue())[1]
    client = Client()
    page = client.post(
        reverse("accounts:sign_in"), {"username": "13800000000", "password": password}, follow=True
    )
    assert page.redirect_chain[-1][0] == reverse("accounts:password")
    assert Post.objects.get().role == "system_admin"
    assert LogEntry.objects.filter(action="user_created").count() == 1
    with pytest.raises(CommandError, match="已经有系统管理员"):
        call_command("first_admin", "陈阿金", "13800000001")


@pytest.mark.parametrize(("name", "phone"), [("林依妹", "1380000"), (" ", "13800000000"), ("林依妹", "x")])
def test_what_is_no_number_or_no_name_is_refused(name: str, phone: str) -> None:
    with pytest.raises(CommandError, match="写法"):
        call_command("first_admin", name, phone)
    assert not User.objects.exists()
