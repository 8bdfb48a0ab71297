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

from accounts.models import LogEntry
from accounts.roles import Role
from tests.cast import Cast, make_person, make_user, signed_in
from tests.visits.records.test_visiting_views import filled
from tests.visits.records.visiting_bodies import AT, DAY, body
from visits.records import canonical, services
from visits.records.models import Draft, Photo, Visit
from visits.records.services.photographs import add_photo, drop_forgotten
from visits.roster.models import Person
from xunfang.kit import files
from xunfang.kit.models import StoredFile

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


# ── a record that takes the place of another ─────────────────────────────────────────────────────


def recorded(client: Client, person: Person, *colours: str) -> Visit:
    key = str(uuid.uuid4())
    for colour in colours:
        post(client, person, key, colour)
    client.post(reverse("visits_records:visit_new", args=[person.uuid]), filled(key=key))
    return Visit.objects.latest("pk")


def corrected(client: Client, person: Person, old: Visit, **changes: Any) -> Any:
    data = filled(replaces=str(old.uuid), void_reason="日子写错了", last="", **changes)
    return client.post(reverse("visits_records:visit_new", args=[person.uuid]), data)


def pictures(client: Client, visit: Visit) -> list[bytes]:
    page = client.get(reverse("visits_records:visit", args=[visit.uuid])).content.decode()
    urls = [reverse("visits_records:photo", args=[photo.uuid]) for photo in visit.photos.order_by("pk")]
    assert all(url in page for url in urls)
    return [client.get(url).content for url in urls]


def test_a_correction_takes_the_photographs_over_without_copying_and_the_old_record_shows_them_still(
    cast: Cast, person: Person, visitor: Client
) -> None:
    old = recorded(visitor, person, "red", "green")
    before = pictures(visitor, old)
    kept = StoredFile.objects.count()
    page = visitor.get(f"{reverse('visits_records:visit_new', args=[person.uuid])}?replaces={old.uuid}")
    assert page.content.decode().count('name="left_photos"') == 2
    assert corrected(visitor, person, old).status_code == 302
    new = Visit.objects.latest("pk")
    assert new.pk != old.pk
    assert pictures(visitor, new) == pictures(visitor, old) == before
    assert StoredFile.objects.count() == kept
    assert canonical.record(new)["photos"] == canonical.record(old)["photos"]
    # and the correction of the correction
    assert corrected(visitor, person, new).status_code == 302
    assert pictures(visitor, Visit.objects.latest("pk")) == before
    assert LogEntry.objects.filter(action="photos_kept").count() == 3


def test_what_is_left_out_of_a_correction_stays_with_the_old_record_alone(
    cast: Cast, person: Person, visitor: Client
) -> None:
    old = recorded(visitor, person, "red", "green")
    first, second = pictures(visitor, old)
    gone = old.photos.order_by("pk")[0]
    key = str(uuid.uuid4())
    post(visitor, person, key, "blue")
    assert corrected(visitor, person, old, key=key, left_photos=[str(gone.uuid)]).status_code == 302
    new = Visit.objects.latest("pk")
    shown = pictures(visitor, new)
    assert len(shown) == 2
    assert first not in shown
    assert second in shown
    assert pictures(visitor, old) == [first, second]
    assert corrected(visitor, person, new).status_code == 302
    assert pictures(visitor, Visit.objects.latest("pk")).count(first) == 0


def test_what_was_taken_away_before_the_record_was_made_stays_away(
    cast: Cast, person: Person, visitor: Client
) -> None:
    key = str(uuid.uuid4())
    away = post(visitor, person, key, "red").json()
    visitor.post(away["remove"], headers={"x-photo": "1"})
    post(visitor, person, key, "green")
    visitor.post(reverse("visits_records:visit_new", args=[person.uuid]), filled(key=key))
    corrected(visitor, person, Visit.objects.get())
    assert Visit.objects.latest("pk").photos.count() == 1
    assert visitor.get(away["small"]).status_code == 404


def test_a_clerk_corrects_and_the_photographs_stay_the_visitors(
    cast: Cast, person: Person, visitor: Client
) -> None:
    old = recorded(visitor, person, "red")
    clerk = signed_in(cast.township_clerk)
    assert corrected(clerk, person, old, visitor=str(cast.visitor.pk)).status_code == 302
    new = Visit.objects.latest("pk")
    assert (new.recorder, new.photos.get().by) == (cast.township_clerk, cast.visitor)


def test_together_they_are_six_at_most_and_it_is_said_where_they_are(
    cast: Cast, person: Person, visitor: Client
) -> None:
    old = recorded(visitor, person, "red", "green", "blue", "black", "white")
    key = str(uuid.uuid4())
    for colour in ("yellow", "pink"):
        post(visitor, person, key, colour)
    refused = corrected(visitor, person, old, key=key, remark="写过的字")
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "照片一共7张，最多6张，请去掉1张" in text
    assert 'id="id_left_photos_error"' in text
    assert "写过的字" in text
    old.refresh_from_db()
    assert old.voided_at is None
    left = str(old.photos.order_by("pk")[0].uuid)
    # a draft keeps what was ticked
    visitor.post(
        reverse("visits_records:draft", args=[person.uuid]),
        filled(key=key, replaces=str(old.uuid), left_photos=[left]),
    )
    page = visitor.get(reverse("visits_records:visit_new", args=[person.uuid])).content.decode()
    assert f'value="{left}" id="id_left_photos_0" checked' in page.replace(' class="form-check-input"', "")
    assert corrected(visitor, person, old, key=key, left_photos=[left]).status_code == 302
    assert Visit.objects.latest("pk").photos.count() == 6


def test_the_database_refuses_one_picture_twice_in_a_record(
    cast: Cast, person: Person, visitor: Client
) -> None:
    photo = recorded(visitor, person, "red").photos.get()
    facts = {"person": person, "key": photo.key, "visit": photo.visit, "by": photo.by, "at": AT}
    other = add_photo(person_id=person.pk, key=uuid.uuid4(), content=picture("blue"), by=cast.visitor, at=AT)
    for files_of in (
        {"file": photo.file, "small": other.small},
        {"file": other.file, "small": photo.small},
        {"file": other.file, "small": StoredFile.objects.exclude(pk=other.small_id).last(), "visit": None},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Photo.objects.create(**(facts | files_of))
