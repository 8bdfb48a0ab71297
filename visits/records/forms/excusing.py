"""Taking back 未访成: why."""

from django import forms


class UndoExcuseForm(forms.Form):
    """Why it is taken back."""

    reason = forms.CharField(
        label="为什么撤回",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "100"}),
        error_messages={"required": "请写明为什么撤回", "max_length": "最多100个字"},
    )
