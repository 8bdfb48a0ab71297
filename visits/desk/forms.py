"""Forms of the desk: a POST turned into clean values."""

from typing import Any

from django import forms

from visits.roster.services.guarded import REASONS

AGAIN = {"required": "请选一个", "invalid_choice": "请重新选"}


class AsPdfForm(forms.Form):
    """On the screen, or as PDF at once."""

    pdf = forms.BooleanField(required=False)


class FullFileForm(forms.Form):
    """Why everything of a person is taken out, and how."""

    reason = forms.ChoiceField(
        label="为什么要打印", choices=list(REASONS.items()), widget=forms.RadioSelect, error_messages=AGAIN
    )
    kind = forms.ChoiceField(
        label="做成什么",
        choices=(("pdf", "一份PDF，能打印"), ("zip", "一个压缩包，连照片，带校验清单")),
        widget=forms.RadioSelect,
        initial="pdf",
        error_messages=AGAIN,
    )
    with_id = forms.BooleanField(
        label="登记表上印完整身份证号", required=False, help_text="不勾的，只印后四位。"
    )

    @property
    def values(self) -> dict[str, Any]:
        """As the service takes them."""
        found = self.cleaned_data
        return {"reason": found["reason"], "with_id": found["with_id"], "packed": found["kind"] == "zip"}
