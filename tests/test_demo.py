"""The demo goes through the same services as real work, so it must stand after every change to them."""

import io

from django.core.management import call_command

from accounts.audit import verify
from accounts.roles import Role
from visits.followup.models import ChangeReport
from visits.records.models import Sheet, Visit
from visits.roster.models import Grant, Person, RosterImport
from visits.schedule.models import DueItem
from xunfang.kit.models import Job


def test_the_demo_makes_every_page_alive_and_is_made_once(committed, settings) -> None:
    settings.DEMO = True
    out = io.StringIO()
    call_command("seed", verbosity=0)
    call_command("demo", stdout=out)
    people = Person.objects.count()
    assert people > 250
    assert f"{people}人" in out.getvalue()
    assert Visit.objects.count() > people
    assert DueItem.objects.filter(done_on=None, stored="").exists()
    assert Visit.objects.exclude(together=None).count() >= 4  # families that were visited in one go
    assert {"approved", "open"} <= set(Sheet.objects.values_list("state", flat=True))
    states = set(RosterImport.objects.values_list("state", flat=True))
    assert "done" in states
    assert states & {"preview", "asking"}  # one list waits for somebody
    assert states <= {"done", "preview", "asking"}
    assert ChangeReport.objects.exists()
    assert Grant.objects.exists()
    assert not Job.objects.filter(state="failed").exists()
    assert verify().broken is None

    call_command("demo", stdout=out)
    assert Person.objects.count() == people
    accounts = io.StringIO()
    call_command("demo", accounts=True, stdout=accounts)
    assert len(accounts.getvalue().splitlines()) == len(Role) + 1
