"""Logs say what went wrong, where and in which request, and never about whom."""

import json
import logging
import sys
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from psycopg2.errorcodes import UNIQUE_VIOLATION

from xunfang.kit.logs import Line, NoPersonalData, Plain, request_number, scrub
from xunfang.kit.requests import Numbered

NAME, ID, PHONE = "林依妹", "350125194305061234", "13800004471"


def _record(say: str, *args: object, error: bool = False, name: str = "x") -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "f", 1, say, args, sys.exc_info() if error else None)  # type: ignore[arg-type]


def _lines(record: logging.LogRecord) -> tuple[dict[str, Any], str]:
    """The record as an installation and as a developer sees it."""
    assert NoPersonalData().filter(record)
    plain = Plain("%(levelname)s %(name)s %(message)s").format(record)
    record.exc_text = None
    return json.loads(Line().format(record)), plain


def test_a_message_loses_names_and_long_numbers() -> None:
    line, plain = _lines(_record("bad %s", f"{NAME} / {ID} / {PHONE}"))
    assert line["say"] == "bad [3 chars] / [18 digits] / [11 digits]"
    assert "[3 chars]" in plain
    assert scrub("612 rows of 20") == "612 rows of 20"


def test_an_exception_is_its_class_and_its_place_never_its_text() -> None:
    try:
        try:
            raise KeyError(NAME)
        except KeyError as error:
            raise ValueError(f"{NAME} {ID}") from error
    except ValueError:
        line, plain = _lines(_record("it failed", error=True))
    assert line["error"] == "ValueError"
    assert line["behind"] == "KeyError"
    assert line["where"][-1].endswith("test_an_exception_is_its_class_and_its_place_never_its_text")
    for text in (json.dumps(line, ensure_ascii=False), plain):
        assert NAME not in text
        assert ID not in text


def test_words_of_celery_that_quote_the_exception_are_not_kept() -> None:
    try:
        raise ValueError(NAME)
    except ValueError:
        record = _record(
            "Task %s raised unexpected: %s", "kit.run_job", "Lin Yimei", error=True, name="celery.app.trace"
        )
    line, _ = _lines(record)
    assert line["say"] == "a task failed"
    assert "Yimei" not in json.dumps(line)


@pytest.mark.django_db
def test_of_a_refusal_by_the_database_the_constraint_is_named_and_not_the_row() -> None:
    User = get_user_model()
    User.objects.create_user(name=NAME, phone=PHONE)
    try:
        with transaction.atomic():
            User.objects.create_user(name=NAME, phone=PHONE)
    except IntegrityError as error:
        said = str(error)
        line, plain = _lines(_record("it failed", error=True))
    assert PHONE in said  # this is what must not be written down
    assert line["sqlstate"] == UNIQUE_VIOLATION
    assert "phone" in line["constraint_name"]
    for text in (json.dumps(line, ensure_ascii=False), plain):
        assert NAME not in text
        assert PHONE not in text


def test_a_line_carries_the_number_of_its_request_and_the_page_not_the_address(
    caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.AXES_IPWARE_PROXY_COUNT = 1
    seen = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request_number.get())
        request.resolver_match = type("Match", (), {"view_name": "visits_desk:person"})()  # type: ignore[assignment]
        return HttpResponse("x")

    request = RequestFactory().get(f"/person/abc?name={NAME}", headers={"X-Request-ID": "proxy-0001"})
    with caplog.at_level(logging.INFO, "xunfang.requests"):
        logging.getLogger("xunfang.requests").addHandler(caplog.handler)
        try:
            answered = Numbered(answer)(request)
        finally:
            logging.getLogger("xunfang.requests").removeHandler(caplog.handler)
    assert seen == ["proxy-0001"] == [answered["X-Request-ID"]]
    (record,) = {id(one): one for one in caplog.records}.values()
    line, _ = _lines(record)
    assert (line["page"], line["status"], line["method"]) == ("visits_desk:person", 200, "GET")
    assert "abc" not in json.dumps(line)
    assert request_number.get() == ""


def test_a_number_from_outside_is_not_believed_without_a_proxy(settings: Any) -> None:
    settings.AXES_IPWARE_PROXY_COUNT = None
    request = RequestFactory().get("/", headers={"X-Request-ID": "forged-0001"})
    answered = Numbered(lambda request: HttpResponse("x", status=200))(request)
    assert answered["X-Request-ID"] != "forged-0001"


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(NAME)


broken.rule = "public"  # type: ignore[attr-defined]
urlpatterns = [path("broken", broken)]
handler500 = "accounts.views.server_error"


@pytest.mark.django_db
def test_who_meets_a_fault_is_given_its_number(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    response = Client(raise_request_exception=False).get("/broken")
    assert response.status_code == 500
    assert f"<strong>{response['X-Request-ID']}</strong>" in response.content.decode()
    assert NAME not in response.content.decode()
