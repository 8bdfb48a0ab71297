"""Coming in, and showing again who is there."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.http import HttpRequest

from accounts.models import User


class SignInForm(forms.Form):
    username = forms.CharField(
        label="手机号或工号",
        max_length=40,
        error_messages={"required": "请填手机号或工号"},
        widget=forms.TextInput(attrs={"autocomplete": "username", "inputmode": "text"}),
    )
    password = forms.CharField(
        label="密码",
        max_length=200,
        strip=False,
        error_messages={"required": "请填密码"},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.user: User | None = None
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("username") and values.get("password"):
            # SECURITY: one sentence for an unknown name, a wrong password and a closed account.
            self.user = authenticate(self.request, username=values["username"], password=values["password"])  # type: ignore[assignment]
            if self.user is None:
                raise forms.ValidationError("手机号（工号）或密码不对，请再核对一遍")
        return values


class SureForm(forms.Form):
    """The password once more, before something that needs to be sure who is there."""

    password = forms.CharField(
        label="再填一次您的密码",
        max_length=200,
        strip=False,
        error_messages={"required": "请填密码"},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("密码不对，请再核对一遍")
        return password


class PasswordForm(SureForm):
    """A new password in place of the old one."""

    field_order = ["password", "new", "again"]
    new = forms.CharField(
        label="新密码",
        help_text="至少12个字，大写字母、小写字母、数字、符号里要有三种。不要用姓名、手机号、单位名。",
        max_length=200,
        strip=False,
        error_messages={"required": "请填新密码"},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="新密码再填一遍",
        max_length=200,
        strip=False,
        error_messages={"required": "请把新密码再填一遍"},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = "现在的密码"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        new, again = values.get("new"), values.get("again")
        if new and again and new != again:
            self.add_error("again", "两遍填得不一样")
        if new:
            if new == values.get("password"):
                self.add_error("new", "新密码不能和现在的一样")
            try:
                password_validation.validate_password(new, self.user)
            except forms.ValidationError as error:
                self.add_error("new", error)
        return values
