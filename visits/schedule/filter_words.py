"""What a due list with these filters holds, in words: for an export and for paper."""

from collections.abc import Mapping
from typing import Any

from accounts.models import Region
from visits.roster.selectors import OTHER, visitor_named
from visits.roster.selectors.labels import group_names
from visits.schedule.models import DueItem

ENTRUSTED = {"here": "没有委托出去的", "out": "委托别处去访的"}
STATES = {"late": "逾期", "soon": "临期", "idle": "未到期"}


def words(user: Any, chosen: Mapping[str, Any], *, paper: bool = False) -> str:
    """待访、逾期、月洲村、低保. `paper`: for a sheet that goes to the village, whoever prints it (practice P17)."""
    said = ["待访"]
    if state := chosen.get("state"):
        said.append(STATES[state])
    if cause := chosen.get("cause"):
        said.append(DueItem.Cause(cause).label)
    if entrusted := chosen.get("entrusted"):
        said.append(ENTRUSTED[entrusted])
    units = [chosen[key] for key in ("township", "village") if key in chosen]
    if units:
        said += Region.objects.filter(pk__in=units).order_by("level").values_list("name", flat=True)
    if hamlet := chosen.get("hamlet"):
        said.append(hamlet)
    if group := chosen.get("group"):
        said.append(dict(group_names(None if paper else user)).get(group, OTHER))
    if assignee := chosen.get("assignee"):
        said.append(_visitor(user, assignee))
    return "、".join(said)


def _visitor(user: Any, assignee: str) -> str:
    if assignee == "none":
        return "未落实巡访人员"
    named = visitor_named(user, int(assignee))
    return f"{named[int(assignee)]}的" if named else "一位巡访人的"
