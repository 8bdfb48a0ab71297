"""What people say about how they want to be told, and where a unit's address lies."""

from typing import Any

from django import forms

from visits.core.models import NoticeWay, Webhook
from visits.core.notice_words import KINDS
from visits.core.sending import guard

CHOICE = {"required": "请选一项", "invalid_choice": "请从选项里选"}
# Numbers of rows in an address: beyond it there is none.
LARGEST = 2**53


class InboxFilter(forms.Form):
    """Which notices, and after which: what stands in the address."""

    which = forms.ChoiceField(choices=[("new", "没看的"), ("all", "全部")], required=False)
    kind = forms.ChoiceField(
        choices=[("", ""), *((code, kind.name) for code, kind in KINDS.items())], required=False
    )
    after = forms.IntegerField(min_value=1, max_value=LARGEST, required=False)


class SeenForm(forms.Form):
    """全部看过: up to which the page showed."""

    up_to = forms.IntegerField(
        min_value=1,
        max_value=LARGEST,
        widget=forms.HiddenInput,
        error_messages={
            "required": "请刷新再按一次",
            "invalid": "请刷新再按一次",
            "max_value": "请刷新再按一次",
        },
    )


class WayForm(forms.Form):
    """One's own mail."""

    email = forms.EmailField(
        label="邮箱",
        max_length=120,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="最好用单位的邮箱。信里没有人名，只说有什么事、到哪天",
        error_messages={"invalid": "邮箱写得不对，例如name@fuzhou.gov.cn", "max_length": "最多120个字"},
    )
    wants = forms.ChoiceField(
        label="发什么", choices=NoticeWay.Wants.choices, widget=forms.RadioSelect, error_messages=CHOICE
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        wants = values.get("wants") not in (None, NoticeWay.Wants.NOTHING)
        if wants and not values.get("email") and "email" not in self.errors:
            self.add_error("email", "要发邮件的，请填邮箱")
        return values


class WebhookForm(forms.Form):
    """A new address of a unit. What was saved is never shown again."""

    region = forms.TypedChoiceField(label="哪个单位的", coerce=int, error_messages=CHOICE)
    name = forms.CharField(
        label="叫什么",
        max_length=40,
        help_text="例如“社会救助工作群”",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填叫什么", "max_length": "最多40个字"},
    )
    shape = forms.ChoiceField(
        label="哪一种", choices=Webhook.Shape.choices, widget=forms.RadioSelect, error_messages=CHOICE
    )
    address = forms.CharField(
        label="地址",
        max_length=guard.LONGEST,
        help_text="在群里添加机器人时给的那一整段，以https://开头。保存以后不再显示",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
        error_messages={"required": "请填地址", "max_length": "最多500个字"},
    )
    secret = forms.CharField(
        label="签名密钥",
        max_length=200,
        required=False,
        help_text="钉钉选了“加签”的填，SEC开头；别的不填",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": "最多200个字"},
    )

    def __init__(self, *args: Any, units: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = units  # type: ignore[attr-defined]

    def clean_address(self) -> str:
        address = self.cleaned_data["address"].strip()
        try:
            guard.target(address)
        except guard.BadAddress as error:
            raise forms.ValidationError(str(error)) from None
        return address


class DeliveryFilter(forms.Form):
    """Which messages, and after which."""

    state = forms.ChoiceField(
        choices=[("waiting", ""), ("failed", ""), ("sent", ""), ("dropped", "")], required=False
    )
    after = forms.IntegerField(min_value=1, max_value=LARGEST, required=False)
