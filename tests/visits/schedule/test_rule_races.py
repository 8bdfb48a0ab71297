"""Two officers at one moment: the second sees what the first made."""

import datetime as dt
import threading

from django.db import connection

from accounts.roles import Role
from tests.cast import make_cast, make_user
from visits.roster.services import CannotChange
from visits.schedule import ruling
from visits.schedule.due import MODES
from visits.schedule.models import FrequencyRule

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)


def test_the_same_rule_is_made_once(committed) -> None:
    cast = make_cast()
    cast.users["second"] = make_user("另一经办", "13800000555", Role.COUNTY_OFFICER, cast.county)
    cast.refresh()
    wish = ruling.Wish(
        region_id=cast.county.pk, tier=None, group_id="tekun", kind="month", modes=frozenset(MODES), min_home=0,
        document_no="永民〔2026〕12号",
    )  # fmt: skip
    gate, refused = threading.Barrier(2), []

    def make(by) -> None:
        gate.wait()
        try:
            ruling.add_rule(wish, by=by, at=NOON)
        except CannotChange as error:
            refused.append(str(error))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=make, args=(cast.users[name],)) for name in ("county_officer", "second")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert FrequencyRule.objects.filter(region=cast.county).count() == 1
    assert len(refused) == 1
    assert "已经要求这么多了" in refused[0]
