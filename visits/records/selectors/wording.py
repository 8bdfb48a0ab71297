"""What is known of the versions of the form's wording."""

from visits.records.models import FormVersion, Visit

MOST_COUNTED = 10_000


def visits_under(version: FormVersion) -> str:
    """How many visits were made under it, in words; counted as far as a reader would."""
    count = Visit.objects.filter(form_version=version).order_by()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}次以上" if count > MOST_COUNTED else f"{count}次"
