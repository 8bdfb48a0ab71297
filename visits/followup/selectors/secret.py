"""practice P17: which reports and cases speak of an emergency that a village reads nothing of."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef

from visits.followup.models import PRIVATE, CaseStep, ChangeReport, ChangeReportQuerySet, Emergency

# Steps of a case whose words name a report, and whose it is.
NAMING = (CaseStep.Kind.RECEIVED, CaseStep.Kind.JOINED, CaseStep.Kind.CORRECTED)


def _secret() -> ChangeReportQuerySet:
    """Such an emergency became a report by itself, or was told from the record that is the report's."""
    told = Emergency.objects.filter(kind__in=PRIVATE)
    return ChangeReport.objects.filter(
        Exists(told.filter(uuid=OuterRef("key"))) | Exists(told.filter(visit=OuterRef("visit")))
    )


def secret_reports(reports: Collection[ChangeReport]) -> set[int]:
    """Primary keys of those of them that are not to be told in the village."""
    return set(_secret().filter(pk__in=[row.pk for row in reports]).values_list("pk", flat=True))


def secret_cases(ids: Collection[int]) -> set[int]:
    """Cases with such a report: reason, measures and papers would tell what the report must not."""
    return {pk for pk in _secret().filter(case__in=list(ids)).values_list("case", flat=True) if pk}


def shared_cases(ids: Collection[int], own: Collection[int]) -> set[int]:
    """Cases in which others than these files have reports too: a paper of one person does not name theirs."""
    others = ChangeReport.objects.filter(case__in=list(ids)).exclude(person__in=list(own))
    return {pk for pk in others.values_list("case", flat=True) if pk}
