"""Out of a group, and opened to a colleague."""

from django import forms

from visits.roster.forms.fields import date_field, text_field


class EndForm(forms.Form):
    """Out of a group, with the reason."""

    MISTAKE = "mistake"
    REASONS = ("停发", "不再独居", "家人回来同住", "满龄", "已脱困", "转到别的类别", "自愿退出")
    reason = forms.ChoiceField(
        label="为什么",
        choices=[*((word, word) for word in REASONS), (MISTAKE, "录错了，作废")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选为什么结束", "invalid_choice": "请从选项里选"},
    )
    ends_on = date_field("最后一天（含）", missing="请填最后一天", help_text="停发的填最后发钱那个月的月底")
    note = text_field("说明", 40, "录错了的，写错在哪里")


class ShareForm(forms.Form):
    """协办: to whom, why, until when."""

    officer = forms.CharField(
        label="请谁协办",
        max_length=20,
        help_text="填对方登录用的手机号或工号",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填对方的手机号或工号", "max_length": "号码太长，请核对"},
    )
    reason = forms.CharField(
        label="为什么",
        max_length=100,
        error_messages={"required": "请写明为什么请人协办", "max_length": "最多100个字"},
    )
    until = date_field("到哪天（含）", missing="请填到哪天为止", help_text="到期自动收回，最长一年")
