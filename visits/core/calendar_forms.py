"""The notice as it is pasted or brought as a file."""

from typing import Any

from django import forms

from visits.core import notice
from visits.core.notice import Reading

MOST = 8000
MOST_BYTES = 200_000


class NoticeForm(forms.Form):
    """`reading` holds what was read once the form is valid or only odd."""

    year = forms.IntegerField(
        label="哪一年",
        min_value=2018,
        max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "4", "autocomplete": "off"}),
        error_messages={"required": "请填哪一年", "invalid": "年份写成2027这样", "min_value": "年份从2018年起",
                        "max_value": "年份太远，请核对"},
    )  # fmt: skip
    document = forms.CharField(
        label="文件名",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="例如“国务院办公厅关于2027年部分节假日安排的通知”。",
        error_messages={"required": "请填文件名", "max_length": "最多120个字"},
    )
    source = forms.CharField(
        label="文号或网址",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": "最多200个字"},
    )
    text = forms.CharField(
        label="通知原文",
        max_length=MOST,
        required=False,
        widget=forms.Textarea(attrs={"rows": "12", "maxlength": str(MOST)}),
        help_text="把“一、元旦：……”那几段整个贴进来。也可以一行写一天：2027-02-14 班 春节。",
        error_messages={
            "max_length": f"最多{MOST}个字",
            "null_characters_not_allowed": "有看不见的字符，请重新贴",
        },
    )
    file = forms.FileField(
        label="或者传一个CSV文件",
        required=False,
        help_text="三列：日期、休或班、节日。",
        error_messages={"empty": "文件是空的", "invalid": "文件没有传上来，请重新选"},
    )
    seen = forms.BooleanField(label="上面这几处我看过了，没有错", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading: Reading | None = None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        text = (values.get("text") or "").strip()
        given = values.get("file")
        if given is not None and "file" not in self.errors:
            text = text or self._file_text(given)
        if not text and not self.errors:
            self.add_error("text", "请贴通知原文，或者传一个CSV文件")
        if self.errors or not text:
            return values
        self.reading = notice.read(text, values["year"])
        for sentence in self.reading.wrong:
            self.add_error("text", sentence)
        if self.reading.odd and not self.reading.wrong and not values.get("seen"):
            self.add_error("seen", "请先看上面这几处，没有错就点一下这里再交")
        values["text"] = text
        return values

    def _file_text(self, given: Any) -> str:
        if given.size > MOST_BYTES:
            self.add_error("file", "文件太大，放假安排一年不过几十行，请核对")
            return ""
        content = given.read()
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return content.decode(encoding)[:MOST].replace("\0", "")
            except UnicodeDecodeError:
                continue
        self.add_error("file", "读不出文字，请存成CSV（UTF-8）再传")
        return ""


class TurnDownForm(forms.Form):
    reason = forms.CharField(
        label="哪里不对",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": "最多100个字"},
    )
