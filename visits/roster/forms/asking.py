"""对一对: which column is what, which village is meant, as far as the list did not say it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from accounts.models import Region
from visits.roster.imports import columns
from visits.roster.imports.asking import SKIPPED, labels
from visits.roster.imports.form import kinds
from visits.roster.models import CareGroup

TWICE = "有两列都选了“{}”，请留一列，另一列选“不读这一列”"


class AskForm(forms.Form):
    """Made from what has to be asked (`RosterImport.asks`). `cleaned_data` has what `answers.answer` takes:
    columns_of, villages, sheets, group_id, area."""

    def __init__(
        self,
        *args: Any,
        asks: Mapping[str, Any],
        villages: Sequence[Region],
        groups: Iterable[CareGroup],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.asks = asks
        self.doubtful: list[list[str]] = []
        self.certain: list[list[str]] = []
        places = [(str(unit.pk), unit.name) for unit in villages]
        for number, sheet in enumerate(asks.get("columns", [])):
            self._columns(number, sheet)
        for number, sheet in enumerate(asks.get("sheets", [])):
            name = f"“{sheet['name']}”表" if sheet["name"] else "这张表"
            self.fields[f"s{number}"] = _choice(
                f"{name}（{sheet['rows']}行）是哪个村的",
                [*places, (str(SKIPPED), "不读这张表")],
                missing="请选是哪个村的",
            )
        for number, row in enumerate(asks.get("villages", [])):
            self.fields[f"v{number}"] = _choice(
                f"“{row['text']}”（{row['rows']}行）是哪个村",
                [*places, (str(SKIPPED), "不是本乡镇的村，按有错退回")],
                initial=str(row["guess"] or ""),
                missing="请选是哪个村",
            )
        if asks.get("group"):
            classes = [("", "请选"), *kinds(groups)[1:]]
            self.fields["kind"] = _choice(
                "这份名单是哪一类的",
                classes,
                required=False,
                help_text="表里没有类别这一列，整份名单算这一类",
            )

    def _columns(self, number: int, sheet: Mapping[str, Any]) -> None:
        words = sorted(labels(self.asks).items(), key=lambda pair: pair[0] == columns.SKIP)
        doubtful, certain = [], []
        for at, head in enumerate(sheet["heads"]):
            name = f"c{number}_{at}"
            self.fields[name] = _choice(
                f"“{head['label']}”",
                words,
                initial=head["guess"],
                required=False,
                help_text=f"这一列{head['kind']}",
            )
            (certain if head["sure"] else doubtful).append(name)
        self.doubtful.append(doubtful)
        self.certain.append(certain)

    def parts(self) -> list[dict[str, Any]]:
        """For the page: each kind of sheet with its doubtful and its certain columns, as bound fields."""
        found = []
        for sheet, doubtful, certain in zip(
            self.asks.get("columns", []), self.doubtful, self.certain, strict=True
        ):
            names = [name for name in sheet["sheets"] if name]
            found.append(
                {
                    "title": f"“{'”“'.join(names[:6])}”表" if names else "表头",
                    "fields": [self[name] for name in doubtful],
                    "others": [self[name] for name in certain],
                    "open": any(self.errors.get(name) for name in certain) if self.is_bound else not doubtful,
                }
            )
        return found

    def lines(self, first: str) -> list[forms.BoundField]:
        """The questions about sheets ("s") or about villages ("v")."""
        return [self[name] for name in self.fields if name[0] == first and name[1:].isdecimal()]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        columns_of: dict[str, dict[str, str]] = {}
        for number, sheet in enumerate(self.asks.get("columns", [])):
            columns_of[sheet["signature"]] = self._chosen(number, sheet, values)
        values["columns_of"] = columns_of
        for key, letter, word in (("sheets", "s", "name"), ("villages", "v", "text")):
            values[key] = {
                row[word]: int(values[f"{letter}{at}"])
                for at, row in enumerate(self.asks.get(key, []))
                if values.get(f"{letter}{at}")
            }
        group, _, area = (values.get("kind") or "").partition(":")
        values["group_id"], values["area"] = group or None, area
        has_column = columns_of and all("group" in chosen.values() for chosen in columns_of.values())
        if "kind" in self.fields and not group and not has_column:
            self.add_error("kind", "请选这份名单是哪一类的")
        return values

    def _chosen(self, number: int, sheet: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
        """Head → our column of one kind of sheet; says what is missing or there twice."""
        chosen: dict[str, str] = {}
        for at, head in enumerate(sheet["heads"]):
            name = f"c{number}_{at}"
            key = values.get(name) or columns.SKIP
            if key != columns.SKIP and key in chosen.values():
                self.add_error(name, TWICE.format(labels(self.asks)[key]))
            chosen[head["label"]] = key
        for key in ("name", "id_number"):
            if key not in chosen.values():
                self.add_error(None, f"还没有选哪一列是“{columns.BY_KEY[key].title}”")
        return chosen


def _choice(
    label: str,
    choices: Sequence[tuple[str, str]],
    *,
    initial: str = "",
    required: bool = True,
    missing: str = "",
    help_text: str = "",
) -> forms.ChoiceField:
    options = list(choices) if any(key == "" for key, _ in choices) else [("", "请选"), *choices]
    return forms.ChoiceField(
        label=label,
        choices=options,
        initial=initial,
        required=required,
        help_text=help_text,
        error_messages={"required": missing, "invalid_choice": "请从列表里选"},
    )
