"""Taking a record back."""

from django import forms


class VoidForm(forms.Form):
    reason = forms.CharField(
        label="为什么作废",
        max_length=100,
        help_text="比如“选错人了”“同一次记了两遍”。",
        error_messages={
            "required": "请写为什么作废",
            "max_length": "最多写100个字",
            "null_characters_not_allowed": "有看不见的字符，请重新写",
        },
    )
