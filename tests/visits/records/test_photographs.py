"""Photographs of a visit: never demanded, sent at once, part of the record with its key, seen with the file."""

import io
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.roles import Role
from tests.cast import Cast, make_person, make_user, signed_in
from tests.visits.records.test_visiting_views import filled
from tests.visits.records.visiting_bodies import AT, DAY, body
from visits.records import canonical, services
from visits.records.models import Draft, Photo, Visit
from visits.records.services.photographs import add_photo, drop_forgotten
from visits.roster.models import Person
from xunfang.kit import files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def person(cast: Cast) -> Person:
    found = make_person(cast)
    Person.objects.filter(pk=found.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    return found


@pytest.fixture
def visitor(cast: Cast) -> Client:
    return signed_in(cast.visitor)


def picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(out, "JPEG")
    return out.getvalue()


def upload(colour: str = "red") -> SimpleUploadedFile:
    return SimpleUploadedFile("IMG_0001.jpg", picture(colour), "image/jpeg")


def post(client: Client, person: Person, key: str, colour: str = "red") -> Any:
    return client.post(
        reverse("visits_records:photo_add", args=[person.uuid]), {"key": key, "file": upload(colour)}
    )


def test_a_photograph_goes_at_once_and_becomes_part_of_the_record_with_the_same_key(
    cast: Cast, person: Person, visitor: Client
) -> None:
    key = str(uuid.uuid4())
    said = post(visitor, person, key).json()
    photo = Photo.objects.get()
    assert said["small"] == reverse("visits_records:photo_small", args=[photo.uuid])
    assert photo.visit is None
    page = visitor.get(reverse("visits_records:visit_new", args=[person.uuid])).content.decode()
    assert said["small"] in page, "found again with the draft, though nothing was typed"
    assert f'name="key" value="{key}"' in page
    visitor.post(reverse("visits_records:visit_new", args=[person.uuid]), filled(key=key))
    photo.refresh_from_db()
    assert photo.visit == Visit.objects.get()
    record = visitor.get(reverse("visits_records:visit", args=[photo.visit.uuid])).content.decode()
    assert said["small"] in record
    assert canonical.record(photo.visit)["photos"] == [photo.file.sha256]


def test_a_record_without_photographs_keeps_the_bytes_it_had(cast: Cast, person: Person) -> None:
    made, _ = services.submit(person_id=person.pk, by=cast.visitor, at=AT, key=uuid.uuid4(), body=body())
    assert "photos" not in canonical.record(made)


def test_before_it_is_submitted_only_its_author_sees_it(cast: Cast, person: Person, visitor: Client) -> None:
    key = str(uuid.uuid4())
    url = post(visitor, person, key).json()["small"]
    assert visitor.get(url).headers["Content-Type"] == "image/jpeg"
    assert signed_in(cast.village_head).get(url).status_code == 404
    visitor.post(reverse("visits_records:visit_new", args=[person.uuid]), filled(key=key))
    assert signed_in(cast.village_head).get(url).status_code == 200
    assert signed_in(cast.neighbour).get(url).status_code == 404
    other = make_user("别人", "13800000999", Role.VISITOR, cast.village)
    assert signed_in(other).get(url).status_code == 404
    stored = Photo.objects.get().file
    assert visitor.get(reverse("accounts:file", args=[stored.uuid])).status_code == 404, "one door only"


def test_six_are_enough_and_the_same_one_twice_is_one(cast: Cast, person: Person, visitor: Client) -> None:
    key = str(uuid.uuid4())
    for colour in ("red", "red", "green", "blue", "black", "white", "yellow"):
        assert post(visitor, person, key, colour).status_code == 200
    assert Photo.objects.count() == 6
    response = post(visitor, person, key, "pink")
    assert (response.status_code, response.json()) == (422, {"error": "一次最多6张。先去掉一张，再传新的。"})


def test_what_is_no_picture_says_what_to_do(cast: Cast, person: Person, visitor: Client) -> None:
    url = reverse("visits_records:photo_add", args=[person.uuid])
    heic = SimpleUploadedFile("a.heic", b"\0\0\0\x18ftypheic" + b"\0" * 40)
    assert "兼容性最佳" in visitor.post(url, {"key": str(uuid.uuid4()), "file": heic}).json()["error"]
    assert visitor.post(url, {"key": "no", "file": upload()}).json()["error"] == "请刷新页面"
    assert visitor.post(url, {"key": str(uuid.uuid4())}).json()["error"] == "请选一张照片"
    assert Photo.objects.count() == 0


def test_its_author_takes_it_away_until_the_form_is_submitted(
    cast: Cast, person: Person, visitor: Client
) -> None:
    key = str(uuid.uuid4())
    said = post(visitor, person, key).json()
    assert signed_in(cast.village_head).post(said["remove"]).status_code == 404
    assert visitor.post(said["remove"], headers={"x-photo": "1"}).status_code == 200
    photo = Photo.objects.get()
    assert photo.removed_at == AT
    assert visitor.get(said["small"]).status_code == 404
    files.delete_expired(AT + timedelta(days=1))
    photo.file.refresh_from_db()
    assert photo.file.deleted_at is not None
    kept = post(visitor, person, key, "green").json()
    visitor.post(reverse("visits_records:visit_new", args=[person.uuid]), filled(key=key))
    refused = visitor.post(kept["remove"], headers={"x-photo": "1"})
    assert (refused.status_code, refused.json()["error"]) == (422, "已经交了的照片不能去掉。")


def test_the_database_keeps_a_photograph_that_is_part_of_a_record(
    cast: Cast, person: Person, visitor: Client
) -> None:
    key = str(uuid.uuid4())
    post(visitor, person, key)
    visitor.post(reverse("visits_records:visit_new", args=[person.uuid]), filled(key=key))
    with pytest.raises(IntegrityError), transaction.atomic():
        Photo.objects.update(removed_at=AT)


def test_after_the_record_is_submitted_nothing_is_added(cast: Cast, person: Person, visitor: Client) -> None:
    made, _ = services.submit(person_id=person.pk, by=cast.visitor, at=AT, key=uuid.uuid4(), body=body())
    assert "已经交了" in post(visitor, person, str(made.key)).json()["error"]


def test_a_dropped_draft_takes_its_photographs_along_and_a_voided_record_keeps_them(
    cast: Cast, person: Person, visitor: Client
) -> None:
    post(visitor, person, str(uuid.uuid4()))
    visitor.post(reverse("visits_records:draft", args=[person.uuid]), {"action": "drop"})
    assert Photo.objects.kept().count() == 0
    assert Draft.objects.count() == 0
    key = str(uuid.uuid4())
    url = post(visitor, person, key).json()["small"]
    visitor.post(reverse("visits_records:visit_new", args=[person.uuid]), filled(key=key))
    visit = Visit.objects.get()
    services.void(visit_id=visit.pk, reason="填错了", by=cast.visitor, at=AT)
    assert visitor.get(url).status_code == 200


def test_without_script_they_come_with_the_form_and_nothing_typed_is_lost(
    cast: Cast, person: Person, visitor: Client
) -> None:
    url = reverse("visits_records:visit_new", args=[person.uuid])
    key = str(uuid.uuid4())
    kept = visitor.post(
        url, filled(key=key, remark="写过的字", action="photos") | {"photos": [upload("red"), upload("blue")]}
    )
    assert kept.status_code == 302
    page = visitor.get(url).content.decode()
    assert "写过的字" in page
    assert page.count('/small"') == 2
    photo = Photo.objects.first()
    visitor.post(url, filled(key=key, remark="写过的字", action=None, drop_photo=str(photo.uuid)))
    assert Photo.objects.kept().count() == 1
    # An invalid form keeps the picture that came with it.
    wrong = visitor.post(url, filled(key=key, gas=None) | {"photos": [upload("green")]})
    assert wrong.status_code == 422
    assert wrong.content.decode().count('/small"') == 2
    visitor.post(url, filled(key=key))
    assert Visit.objects.get().photos.count() == 2


def test_photographs_that_nobody_submitted_go_after_a_month(cast: Cast, person: Person) -> None:
    old = AT - timedelta(days=31)
    add_photo(person_id=person.pk, key=uuid.uuid4(), content=picture(), by=cast.visitor, at=old)
    add_photo(person_id=person.pk, key=uuid.uuid4(), content=picture("blue"), by=cast.visitor, at=AT)
    assert drop_forgotten(AT) == 1
    assert Photo.objects.kept().get().at == AT


def test_a_visit_needs_no_photograph(cast: Cast, person: Person, visitor: Client) -> None:
    visitor.post(reverse("visits_records:visit_new", args=[person.uuid]), filled())
    assert Visit.objects.get().photos.count() == 0
    assert Visit.objects.get().visited_on == DAY
