"""What a visit found that somebody must answer: changes for the county and its cases, emergencies, findings, plans."""

from visits.followup.models.cases import (
    UNANSWERED,
    AidEnding,
    AidEndingQuerySet,
    Case,
    CaseMeasure,
    CaseQuerySet,
    CaseStep,
    Supplement,
)
from visits.followup.models.changes import ChangeReport, ChangeReportQuerySet
from visits.followup.models.clocks import (
    DaySummary,
    DaySummaryQuerySet,
    Escalation,
    EscalationQuerySet,
    EscalationRule,
    Subject,
)
from visits.followup.models.emergencies import (
    POLICE,
    PRIVATE,
    DutyShift,
    DutyShiftQuerySet,
    Emergency,
    EmergencyQuerySet,
)
from visits.followup.models.findings import Finding, FindingQuerySet, FindingStep
from visits.followup.models.plans import OpenNeed, OpenNeedQuerySet, Plan, PlanMeasure, PlanQuerySet

__all__ = [
    "POLICE",
    "PRIVATE",
    "UNANSWERED",
    "AidEnding",
    "AidEndingQuerySet",
    "Case",
    "CaseMeasure",
    "CaseQuerySet",
    "CaseStep",
    "ChangeReport",
    "ChangeReportQuerySet",
    "DaySummary",
    "DaySummaryQuerySet",
    "DutyShift",
    "DutyShiftQuerySet",
    "Emergency",
    "EmergencyQuerySet",
    "Escalation",
    "EscalationQuerySet",
    "EscalationRule",
    "Finding",
    "FindingQuerySet",
    "FindingStep",
    "OpenNeed",
    "OpenNeedQuerySet",
    "Plan",
    "PlanMeasure",
    "PlanQuerySet",
    "Subject",
    "Supplement",
]
