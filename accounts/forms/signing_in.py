"""Coming in, and showing again who is there."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.http import HttpRequest

from accounts.models import User


class SignInForm(forms.Form):
    """By number, or by one of the numbers this device offers. What is typed wins over what is chosen."""

    known = forms.ChoiceField(
        required=False,
        label="谁登录",
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "这部手机上没有记住这个号码，请填手机号"},
    )
    username = forms.CharField(
        label="手机号或工号",
        required=False,
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
    remember = forms.BooleanField(
        required=False,
        label="在这部手机上记住我的号码",
        help_text="两个人用一部手机时，下次点一下就行。只记号码，别的都不记。",
    )

    def __init__(self, request: HttpRequest, *args: Any, known: Sequence[User] = (), **kwargs: Any) -> None:
        self.request = request
        self.user: User | None = None
        self.known = list(known)
        super().__init__(*args, **kwargs)
        if self.known:
            choices = [(str(n), number_words(user)) for n, user in enumerate(self.known)]
            self.fields["known"].choices = [*choices, ("", "别的号码，在下面填")]  # type: ignore[attr-defined]
            self.fields["username"].label = "别的手机号或工号"
        else:
            del self.fields["known"]
            self.fields["username"].required = True

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        chosen = values.get("known", "")
        name = values.get("username", "")
        if not name and chosen:
            user = self.known[int(chosen)]
            name = user.phone or user.staff_no or ""
        if not name and not self.errors:
            self.add_error("username", "请填手机号或工号")
        if name and values.get("password"):
            # SECURITY: one sentence for an unknown name, a wrong password and a closed account.
            self.user = authenticate(self.request, username=name, password=values["password"])  # type: ignore[assignment]
            if self.user is None:
                raise forms.ValidationError("手机号（工号）或密码不对，请再核对一遍")
        return values


def number_words(user: User) -> str:
    """138****0104（林＊）: enough for whoever knows the two of them."""
    number = user.phone or user.staff_no or ""
    shown = f"{number[:3]}****{number[-4:]}" if user.phone else f"{number[:1]}****{number[-1:]}"
    return f"{shown}（{user.name[:1]}＊）"


class ForgetForm(forms.Form):
    """Which of the remembered numbers, by its place."""

    n = forms.IntegerField(min_value=0)

    def __init__(self, *args: Any, count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = count

    def clean_n(self) -> int:
        place: int = self.cleaned_data["n"]
        if place >= self.count:
            raise forms.ValidationError("这部手机上没有记住这个号码")
        return place


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


class _TwiceForm(forms.Form):
    """A password of one's own, twice."""

    user: User
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


class NewPasswordForm(_TwiceForm):
    """The first password of an account."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)


class PasswordForm(SureForm, _TwiceForm):
    """A new password in place of the old one."""

    field_order = ["password", "new", "again"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = "现在的密码"


class OpeningCodeForm(forms.Form):
    """The number of the account and the code of its paper."""

    username = forms.CharField(
        label="手机号或工号",
        max_length=40,
        error_messages={"required": "请填手机号或工号"},
        widget=forms.TextInput(attrs={"autocomplete": "username", "inputmode": "text"}),
    )
    code = forms.CharField(
        label="开通码",
        help_text="在开通单上，8个字，横线和大小写不用管。",
        max_length=20,
        error_messages={"required": "请填开通码"},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.user: User | None = None
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("username") and values.get("code"):
            # SECURITY: one sentence for an unknown name, a wrong code, a used one and a closed account.
            self.user = authenticate(self.request, username=values["username"], opening_secret=values["code"])  # type: ignore[assignment]
            if self.user is None:
                raise forms.ValidationError(
                    "手机号（工号）或开通码不对，也可能已经用过、过期了。请核对；还不行，请找镇（街道）民政办再印一张"
                )
        return values
