"""Whom a session left in mid-form: something waits that one of the demo's cadres could not send."""

import uuid

from django.urls import reverse
from django.utils import timezone

from accounts import kept
from visits.management.demo.staff import Staff


def interrupt(staff: Staff) -> None:
    """The head of the first village was telling of somebody new when the session ended."""
    village = staff.villages[0]
    kept.keep_body(
        author_id=village.head.pk,
        path=reverse("visits_roster:discovery_new"),
        body={
            "key": [str(uuid.uuid4())],
            "name": ["陈依姆"],
            "village": [str(village.region.pk)],
            "where": ["上洋，祠堂后第二家，红木门"],
            "reasons": ["alone", "ill"],
            "said": ["夜里喘得厉害，儿子在外地，\r\n邻居阿兰每天去看一次。"],
        },
        at=timezone.now(),
    )
