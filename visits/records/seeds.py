"""The first version of the six areas."""

from datetime import date

from visits.records.assessment import FORM_V1
from visits.records.models import FormVersion


def seed() -> None:
    FormVersion.objects.get_or_create(
        number=1,
        defaults={"starts_on": date(2018, 1, 1), "definition": FORM_V1, "document_no": "榕民〔2018〕215号"},
    )
