"""A canary: nothing that is stored as told or sent anywhere holds a person of the world."""

import json
import logging
import uuid
from datetime import date, datetime, timedelta

import pytest

from tests.cast import SHANGHAI
from tests.visits.core.test_sending import robot, way
from tests.world import fill
from visits.core.models import Delivery, Digest, Notice
from visits.core.sending import digests, outbox
from visits.followup.models import ChangeReport
from visits.followup.services import emergencies, escalating
from visits.roster.models import Person
from xunfang.kit.models import Job

TODAY = date(2026, 11, 24)
pytestmark = pytest.mark.django_db


def test_no_name_number_telephone_or_illness_is_in_anything_that_is_told(
    cast, mailbox, group, caplog, settings
) -> None:
    caplog.set_level(logging.DEBUG)
    people = fill(cast, TODAY)
    for user in cast.users.values():
        way(user)
    robot(cast, f"{group.origin}/send", "wecom", region=cast.county)
    robot(cast, f"{group.origin}/send", "plain", region=cast.township)
    ChangeReport.objects.update(urgent=True)
    emergencies.report(
        key=uuid.uuid4(), by=cast.visitor, at=datetime(2026, 11, 24, 8, tzinfo=SHANGHAI), kind="ill",
        person_id=people["due"].pk, words="心梗，倒在灶间",
    )  # fmt: skip
    now = datetime(2026, 11, 24, 9, tzinfo=SHANGHAI)
    for days in range(8):
        at = now + timedelta(days=days)
        escalating.scan(at=at)
        digests.make(at=at)
        outbox.send_waiting(lambda at=at: at)
    told = [
        *(f"{n.key} {n.words} {n.url}" for n in Notice.objects.all()),
        *(json.dumps(d.lines, ensure_ascii=False) for d in Digest.objects.all()),
        *(f"{d.key} {d.words} {d.problem}" for d in Delivery.objects.all()),
        *(json.dumps(job.payload) for job in Job.objects.all()),
        json.dumps(group.taken, ensure_ascii=False),
        mailbox.texts,
        caplog.text,
    ]
    assert len(mailbox.letters) > 5
    assert len(group.taken) > 2
    assert Notice.objects.count() > 10
    out = "\n".join(told)
    assert [canary for canary in canaries() if canary in out] == []


def canaries() -> list[str]:
    found: list[str] = ["心梗", "灶间", "工地摔伤", "祠堂"]
    for person in Person.objects.all():
        found += [person.name, person.id_number, person.file_no, str(person.uuid), person.phone]
    return [one for one in found if one]
