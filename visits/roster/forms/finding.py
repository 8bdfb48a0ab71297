"""Whom to look for, and what stands in the address of a list."""

from typing import Any

from django import forms

from visits.roster import search

OLDEST = 120
SORTS = {"": "村、自然村", "household": "一户排在一起", "name": "姓名拼音", "age": "年纪大的在前"}
# Yes-or-no filters: what the list says about a person, in the words of the filter sheet and of its chips.
MARKS = {
    "away": "不住在户籍地",
    "alone": "独居",
    "nophone": "没有电话",
    "nocontact": "没有联系人",
    "uninformed": "还没有告知",
    "review": "有待核的",
    "shared": "手机号和5人以上相同",
}
_yes = [("1", "")]


class PeopleFilter(forms.Form):
    """What stands in the address. Nonsense in an address is no error: it is left out."""

    village = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    township = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    group = forms.CharField(required=False, max_length=24)
    # 城 or 乡 of the group: the address from a number of one kind of 低保.
    area = forms.ChoiceField(required=False, choices=[("urban", ""), ("rural", "")])
    tier = forms.ChoiceField(required=False, choices=[("key", ""), ("general", "")])
    hamlet = forms.CharField(required=False, max_length=30)
    assignee = forms.CharField(required=False, max_length=12)
    away = forms.ChoiceField(required=False, choices=_yes)
    alone = forms.ChoiceField(required=False, choices=_yes)
    nophone = forms.ChoiceField(required=False, choices=_yes)
    nocontact = forms.ChoiceField(required=False, choices=_yes)
    uninformed = forms.ChoiceField(required=False, choices=_yes)
    review = forms.ChoiceField(required=False, choices=_yes)
    shared = forms.ChoiceField(required=False, choices=_yes)
    age_from = forms.IntegerField(required=False, min_value=0, max_value=OLDEST)
    age_to = forms.IntegerField(required=False, min_value=0, max_value=OLDEST)
    since = forms.DateField(required=False)
    month = forms.DateField(required=False, input_formats=["%Y-%m"])
    status = forms.ChoiceField(required=False, choices=[("dead", ""), ("departed", ""), ("voided", "")])
    sort = forms.ChoiceField(required=False, choices=[(key, "") for key in SORTS if key])
    after = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    s = forms.CharField(required=False, max_length=32)

    def chosen(self) -> dict[str, Any]:
        """The valid parts only."""
        self.is_valid()
        found = {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}
        if found.get("assignee") not in (None, "none"):
            if str(found["assignee"]).isdecimal():
                found["assignee"] = int(found["assignee"])
            else:
                del found["assignee"]
        return found


class SearchForm(forms.Form):
    """Whom to look for."""

    q = forms.CharField(
        label="找人",
        max_length=40,
        error_messages={"required": "请填姓名、拼音首字母、电话或身份证末四位", "max_length": "最多40个字"},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "placeholder": "姓名、拼音、电话或身份证末四位、村名"}
        ),
    )

    def clean_q(self) -> str:
        if why := search.refusal(self.cleaned_data["q"]):
            raise forms.ValidationError(why)
        return self.cleaned_data["q"]
