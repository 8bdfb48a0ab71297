"""线下已访: the day a township begins, a list to tick, a workbook, and taking an entry back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from accounts.models import Region, User
from visits.records.models import Met, Mode, OfflineVisit
from visits.roster.models import Person
from xunfang.kit import excel

MAX_BYTES = 10 * 1024 * 1024
DATE = {"type": "date"}
NOTE_WORDS = OfflineVisit._meta.get_field("change_note").max_length
PLACE_WORDS = OfflineVisit._meta.get_field("paper_place").max_length
INVALID_DAY = "日期不对，请写成2026-11-24这样"


def _date(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs=dict(DATE), format="%Y-%m-%d"),
        error_messages={"required": "请填日期", "invalid": INVALID_DAY},
        **more,
    )


class StartForm(forms.Form):
    """On which day a township begins."""

    day = _date(
        "启用日期",
        help_text="从这天起，巡访都在系统里记；这天以前的，登记成线下已访。第一张确认表签字以前都能改。",
    )

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].initial = day


class TickForm(forms.Form):
    """One row a person. What is chosen on top holds for every ticked row; a row may have its own day."""

    on = _date("哪天去的")
    mode = forms.ChoiceField(
        label="怎么访的",
        choices=Mode.choices,
        initial=Mode.HOME,
        error_messages={"required": "请选怎么访的", "invalid_choice": "请从列表里选怎么访的"},
    )
    met = forms.ChoiceField(
        label="见到谁",
        choices=Met.choices,
        initial=Met.SELF,
        error_messages={"required": "请选见到谁", "invalid_choice": "请从列表里选见到谁"},
    )
    visitor = forms.TypedChoiceField(
        label="谁去的",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "请从列表里选谁去的"},
    )
    paper_place = forms.CharField(
        label="纸在哪里",
        required=False,
        max_length=PLACE_WORDS,
        widget=forms.TextInput(attrs={"placeholder": "例如：民政办铁皮柜第2格"}),
        error_messages={"max_length": f"最多{PLACE_WORDS}个字"},
    )
    person = forms.TypedMultipleChoiceField(
        required=False,
        coerce=int,
        error_messages={"invalid_choice": "名单有变动，请刷新后再登记"},
    )
    everyone = forms.BooleanField(required=False)

    def __init__(
        self,
        *args: Any,
        people: Sequence[Person],
        visitors: Sequence[User],
        earliest: date,
        before: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {person.pk: person for person in people}
        self.before = before
        last = date.fromordinal(before.toordinal() - 1)
        self.fields["on"].widget.attrs |= {"max": last.isoformat(), "min": earliest.isoformat()}
        self.fields["person"].choices = [(person.pk, person.name) for person in people]  # type: ignore[attr-defined]
        names = [("", "各人的巡访人"), *((user.pk, user.name) for user in visitors)]
        self.fields["visitor"].choices = names  # type: ignore[attr-defined]
        for person in people:
            self.fields[f"d{person.pk}"] = forms.DateField(
                label=f"{person.name}哪天去的",
                required=False,
                widget=forms.DateInput(attrs=dict(DATE), format="%Y-%m-%d"),
                error_messages={"invalid": INVALID_DAY},
            )
            self.fields[f"n{person.pk}"] = forms.CharField(
                label=f"{person.name}有什么变化",
                required=False,
                max_length=NOTE_WORDS,
                error_messages={"max_length": f"最多{NOTE_WORDS}个字"},
            )

    def rows(self) -> list[tuple[Person, Any, Any, bool]]:
        """Each person with the fields of the own day and of the change, and whether the row is ticked."""
        ticked = set(map(str, self["person"].value() or []))
        return [
            (person, self[f"d{pk}"], self[f"n{pk}"], str(pk) in ticked) for pk, person in self.people.items()
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("everyone"):
            values["person"] = list(self.people)
        chosen = values.get("person") or []
        if not chosen and "person" not in self.errors:
            self.add_error("person", "请先勾选访过的人")
        # Somebody wrote into a row and forgot the box: never lose what was typed, never guess.
        for pk in self.people:
            if pk not in chosen and (values.get(f"d{pk}") or values.get(f"n{pk}")):
                name = f"d{pk}" if values.get(f"d{pk}") else f"n{pk}"
                self.add_error(name, f"{self.people[pk].name}这一行填了字，没有打勾")
        if values.get("visitor") is None and "visitor" not in self.errors:
            nobody = [self.people[pk].name for pk in chosen if self.people[pk].assignee_id is None]
            if nobody:
                more = f"等{len(nobody)}人" if len(nobody) > 1 else ""
                self.add_error("visitor", f"{nobody[0]}{more}还没有落实巡访人，请选是谁去的")
        return values


class ListForm(forms.Form):
    """A workbook of visits. `cleaned_data["content"]` holds its bytes, guarded."""

    township = forms.TypedChoiceField(
        label="哪个乡镇（街道）的",
        coerce=int,
        error_messages={"required": "请选乡镇（街道）", "invalid_choice": "请从列表里选乡镇（街道）"},
    )
    kind = forms.ChoiceField(
        label="哪一种",
        choices=[("before_start", "启用前自己访的"), ("other_programme", "别的系统要求访的")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选哪一种", "invalid_choice": "请重新选哪一种"},
    )
    programme = forms.CharField(
        label="哪个系统",
        required=False,
        max_length=30,
        help_text="别的系统的才填，例如：防返贫监测、残联入户",
        error_messages={"max_length": "最多30个字"},
    )
    file = forms.FileField(
        label="填好的表",
        help_text="照模板填的.xlsx、.xls或.csv，不超过10兆",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv", "data-most": str(MAX_BYTES)}),
        error_messages={
            "required": "请选填好的表",
            "empty": f"这个文件是空的，{excel.AGAIN}",
            "missing": "请选填好的表",
            "invalid": "请选填好的表",
        },
    )

    def __init__(self, *args: Any, townships: Sequence[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].choices = [(unit.pk, unit.name) for unit in townships]  # type: ignore[attr-defined]
        if len(townships) == 1:
            self.fields["township"].initial = townships[0].pk
            self.fields["township"].widget = forms.HiddenInput()

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError("文件超过10兆，请分成几个文件传")
        content = file.read()
        try:
            excel.guard(content)
        except excel.CannotRead as error:
            raise forms.ValidationError(str(error)) from error
        self.cleaned_data["content"] = content
        return file

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        other = values.get("kind") == OfflineVisit.Kind.OTHER_PROGRAMME
        if other and not values.get("programme") and "programme" not in self.errors:
            self.add_error("programme", "请写是哪个系统要求的走访")
        if not other:
            values["programme"] = ""
        return values


class OfflineFilter(forms.Form):
    """What stands in the address. Nonsense is left out."""

    township = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    village = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    kind = forms.ChoiceField(required=False, choices=[("", ""), *OfflineVisit.Kind.choices])
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000)

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}


class OfflineVoidForm(forms.Form):
    """Take entries back, with one reason for all."""

    pick = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={
            "required": "请先勾选要作废的登记",
            "invalid_choice": "登记有变动，请刷新后再选",
        },
    )
    reason = forms.CharField(
        label="为什么作废",
        max_length=100,
        error_messages={"required": "请写为什么作废", "max_length": "最多100个字"},
    )

    def __init__(self, *args: Any, ids: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pick"].choices = [(pk, "") for pk in ids]  # type: ignore[attr-defined]
