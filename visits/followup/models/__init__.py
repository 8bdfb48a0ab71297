"""What a visit found that somebody must answer: changes for the county, findings to settle, and plans."""

from visits.followup.models.changes import ChangeReport, ChangeReportQuerySet
from visits.followup.models.findings import Finding, FindingQuerySet, FindingStep
from visits.followup.models.plans import OpenNeed, OpenNeedQuerySet, Plan, PlanMeasure, PlanQuerySet

__all__ = [
    "ChangeReport",
    "ChangeReportQuerySet",
    "Finding",
    "FindingQuerySet",
    "FindingStep",
    "OpenNeed",
    "OpenNeedQuerySet",
    "Plan",
    "PlanMeasure",
    "PlanQuerySet",
]
