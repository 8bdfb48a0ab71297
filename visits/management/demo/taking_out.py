"""Exports of the demo: a masked list, the ledger and the due list that were taken, and a list with whole id numbers that waits for a yes."""

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
    for filters, reason in (
        ({"book": "findings", "which": "all"}, "月底给镇长看问题台账"),
        ({"book": "due", "sort": "place"}, "给包村干部安排下周入户"),
    ):
        if exports.count_of(clerk, filters, today, timezone.now(), full=False):
            exports.ask(
                filters=filters, columns=books[filters["book"]].usual, full=False, reason=reason,
                by=clerk, at=timezone.now(),
            )  # fmt: skip
