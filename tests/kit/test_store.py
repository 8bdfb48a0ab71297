"""Encrypted values, stored files, numbers given once, logs without people."""

import logging
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from xunfang.kit import crypto, files, numbering
from xunfang.kit.logs import NoPersonalData, scrub


def test_a_value_decrypts_for_its_own_purpose_only() -> None:
    stored = crypto.encrypt(b"350125194305061234", "person.id_number")
    assert crypto.decrypt(stored, "person.id_number").decode() == "350125194305061234"
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(stored, "person.phone")
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(stored[:-1] + bytes([stored[-1] ^ 1]), "person.id_number")


def test_equal_values_look_different_and_their_index_is_equal() -> None:
    assert crypto.encrypt(b"a", "x") != crypto.encrypt(b"a", "x")
    assert crypto.blind_index("a", "x") == crypto.blind_index("a", "x") != crypto.blind_index("a", "y")


def test_a_thousand_values_in_one_go_are_as_good_as_one_by_one() -> None:
    encrypt, index = crypto.encrypter("x"), crypto.indexer("x")
    stored = [encrypt(b"a") for _ in range(1001)]
    assert {crypto.decrypt(one, "x") for one in stored} == {b"a"}
    assert len({one[1 : 1 + crypto.NONCE] for one in stored}) == 1001
    assert index("a") == crypto.blind_index("a", "x")


def test_an_old_key_still_reads_and_the_newest_writes(settings) -> None:
    old = crypto.encrypt(b"a", "x")
    settings.DATA_KEYS = {**settings.DATA_KEYS, 2: b"k" * 32}
    assert crypto.encrypt(b"a", "x")[0] == 2
    assert crypto.decrypt(old, "x") == b"a"
    del settings.DATA_KEYS[1]
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(old, "x")


@pytest.mark.django_db
def test_the_database_holds_no_readable_id_number(cast) -> None:
    from tests.cast import make_person

    person = make_person(cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text FROM visits_roster_person p WHERE id = %s", [person.pk])
        row = cursor.fetchone()[0]
    person.refresh_from_db()
    assert len(person.id_number) == 18
    assert person.id_number not in row
    assert person.id_number.encode().hex() not in row
    assert person.id_tail.encode().hex() not in row


@pytest.mark.django_db
def test_a_file_comes_back_as_it_was_and_a_changed_byte_is_refused(settings) -> None:
    file = files.store(
        b"abc" * 50, name="a/../名单.xlsx", content_type="x", kind="import", owner_id=None, encrypted=True
    )
    assert (files.read(file), file.name) == (b"abc" * 50, "名单.xlsx")
    (path,) = [p for p in settings.FILES_ROOT.rglob("*") if p.is_file()]
    assert b"abc" not in path.read_bytes()
    plain = files.store(b"photo", name="p.jpg", content_type="image/jpeg", kind="photo", owner_id=None)
    (path,) = settings.FILES_ROOT.rglob(plain.sha256)
    path.write_bytes(b"phot0")
    with pytest.raises(files.FileChanged):
        files.read(plain)


@pytest.mark.django_db
def test_expired_content_goes_and_the_fact_stays(settings) -> None:
    now = timezone.now()
    file = files.store(
        b"secret", name="n", content_type="x", kind="import", owner_id=None, keep_days=7, at=now
    )
    keep = files.store(b"secret", name="n", content_type="x", kind="other", owner_id=None)
    assert files.delete_expired(now + timedelta(days=6)) == 0
    assert files.delete_expired(now + timedelta(days=8)) == 1
    file.refresh_from_db()
    with pytest.raises(files.FileGone):
        files.read(file)
    assert len(file.sha256) == 64
    assert files.read(keep) == b"secret"  # the same content, kept by another row


def test_numbers_are_given_once_to_many_at_once(committed) -> None:
    taken: list[int] = []

    def take() -> None:
        for _ in range(25):
            taken.append(numbering.take_one("file:x"))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 101))
    assert list(numbering.take("file:x", 3)) == [101, 102, 103]


def test_a_log_line_holds_no_long_number_and_no_request() -> None:
    record = logging.LogRecord(
        "x", logging.ERROR, "f", 1, "bad %s", ("350125194305061234 / 13800004471",), None
    )
    record.request = object()
    assert NoPersonalData().filter(record)
    assert record.getMessage() == "bad [18 digits] / [11 digits]"
    assert not hasattr(record, "request")
    assert scrub("612 of 900 people") == "612 of 900 people"
