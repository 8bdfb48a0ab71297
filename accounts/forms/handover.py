"""办交接: to whom each pile goes, which day is the last."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from accounts.forms.units import day_field
from accounts.handover import KEEP, RELEASE, Pile, Plan
from accounts.models import User


class HandoverForm(forms.Form):
    """One successor for all, or another choice for a pile."""

    to = forms.TypedChoiceField(
        label="接手的人",
        help_text="下面没有另选的，都交给这位同志。还没有账号的，先开账号。",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "请从列表里选接手的人"},
    )
    takes_posts = forms.BooleanField(
        label="接任同样的职务",
        help_text="从今天起；到最后一天为止两个人一起任，方便带一带。",
        required=False,
    )
    last_day = day_field("最后一天是哪天（含）", help_text="可以是以后的日子：东西现在就交，任职到那天为止。")
    close = forms.BooleanField(
        label="同时停用账号", help_text="最后一天是今天或已经过了，才能停用。", required=False
    )

    def __init__(
        self,
        *args: Any,
        piles: Sequence[Pile],
        colleagues: Sequence[User],
        words: dict[int, str],
        near: dict[int, set[int]],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.piles = list(piles)
        self.fields["last_day"].initial = today
        names = [(user.pk, f"{user.name}（{words[user.pk]}）" if words.get(user.pk) else user.name)
                 for user in colleagues]  # fmt: skip
        self.fields["to"].choices = [("", "请选"), *names]  # type: ignore[attr-defined]
        for pile in self.piles:
            if not pile.settled:
                own = [choice for choice in names if choice[0] in near.get(pile.region.pk, set())]
                self.fields[pile.key] = self._choice(pile, own)

    def _choice(self, pile: Pile, colleagues: list[tuple[int, str]]) -> forms.ChoiceField:
        kind = pile.kind
        choices: list[tuple[Any, str]] = []
        if kind.pass_on is not None:
            choices = [("", "交给接手的人"), *((str(pk), name) for pk, name in colleagues)]
        elif kind.keep_word:
            choices = [("", "请选"), (KEEP, kind.keep_word)]
        elif kind.stays:
            choices = [("", "由接任的人接着办")]
        else:
            choices = [("", "还没处理，先不办交接")]
        if kind.release_word:
            choices.append((RELEASE, kind.release_word))
        return forms.ChoiceField(
            label=f"{pile.region.name}：{kind.title}{pile.count}{kind.unit}",
            help_text=kind.say,
            required=False,
            choices=choices,
            error_messages={"invalid_choice": "请从列表里选"},
        )

    def pile_rows(self) -> list[dict[str, Any]]:
        """Piles with their field (None: nothing to decide)."""
        return [
            {"pile": pile, "field": self[pile.key] if pile.key in self.fields else None}
            for pile in self.piles
        ]

    def plan(self) -> Plan:
        """What the valid form says."""
        values = self.cleaned_data
        choices: dict[str, int | str] = {}
        for pile in self.piles:
            if value := values.get(pile.key, ""):
                choices[pile.key] = value if value in (RELEASE, KEEP) else int(value)
        return Plan(
            last_day=values["last_day"],
            to_id=values["to"],
            choices=choices,
            takes_posts=values["takes_posts"],
            close=values["close"],
        )
