"""How often, and therefore who is due when; who goes there; rounds beside the rules."""

from visits.schedule.models.areas import Area, AreaMember, FullRun, SelfCheck, WrittenPeriod
from visits.schedule.models.items import DueItem, DueItemQuerySet, state_case, to_do_case
from visits.schedule.models.rounds import Round
from visits.schedule.models.rules import FrequencyRule

__all__ = [
    "Area",
    "AreaMember",
    "DueItem",
    "DueItemQuerySet",
    "FrequencyRule",
    "FullRun",
    "Round",
    "SelfCheck",
    "WrittenPeriod",
    "state_case",
    "to_do_case",
]
