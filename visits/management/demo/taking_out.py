"""Exports of the demo: a masked list and the ledger that were taken, and a list with whole id numbers that waits for a yes."""

from datetime import date

from django.utils import timezone

from accounts.models import User
from accounts.scoping import duty_of
from visits.roster.exports import services as exports
from visits.roster.exports.books import books
from visits.roster.exports.workbook import USUAL


def ask_for_lists(clerk: User, today: date) -> None:
    """The clerk of a township asks; its head or the county agrees on the page of exports."""
    duty_of(clerk, today)
    exports.ask(
        filters={"group": "tekun"}, columns=USUAL, full=False, reason="打给各村核对特困人员住址",
        by=clerk, at=timezone.now(),
    )  # fmt: skip
    exports.ask(
        filters={"tier": "key"}, columns=("name", "village", "groups", "head"), full=True,
        reason="县财政局要核对第四季度发放名单，须带身份证号", by=clerk, at=timezone.now(),
    )  # fmt: skip
    ledger = {"book": "findings", "which": "all"}
    if exports.count_of(clerk, ledger, today, timezone.now(), full=False):
        exports.ask(
            filters=ledger, columns=books["findings"].usual, full=False, reason="月底给镇长看问题台账",
            by=clerk, at=timezone.now(),
        )  # fmt: skip
