"""The visit form against whatever is sent: a sentence in Chinese or clean values, never a fault."""

import re
import uuid
from datetime import date
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from visits.records.asking import Asked
from visits.records.assessment import FORM_V1, SEASON_WINDOWS, Answers, judge, load
from visits.records.forms.attempting import AttemptForm
from visits.records.forms.days import carried
from visits.records.forms.visiting import VisitForm
from visits.records.models import Attempt
from visits.records.outcomes import OUTCOMES
from visits.templatetags.xf import error_rows

FORM = load(FORM_V1)
TODAY = date(2026, 11, 24)
LATIN = re.compile(r"[A-Za-z]{3,}")


def asked(**changes: Any) -> Asked:
    facts: dict[str, Any] = {
        "form": FORM,
        "today": TODAY,
        "afternoon": True,
        "windows": SEASON_WINDOWS,
        "last": None,
        "minor": False,
        "tekun": False,
        "self_only": False,
        "institution": False,
        "visitors": ((7, "林建忠"),),
    }
    return Asked(**(facts | changes))


def form_of(data: dict[str, Any], **facts: Any) -> VisitForm:
    query = QueryDict(mutable=True)
    for name, value in data.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return VisitForm(query, asked=asked(**facts))


def good(**changes: Any) -> dict[str, Any]:
    areas = {f"area_{code}": "good" for code in ("family", "health", "mind", "hygiene", "dwelling")}
    rest = {
        "day": "today_pm",
        "mode": "home",
        "met": "self",
        "gas": "8",
        "water_heating": "0",
        "electricity": "0",
    }
    return areas | rest | {"key": str(uuid.uuid4()), "shown_on": "2026-11-24"} | changes


NAMES = sorted(VisitForm(asked=asked(minor=True, tekun=True, today=date(2026, 12, 1))).fields)
VALUES = st.one_of(
    st.sampled_from(
        ["", "0", "1", "2", "3", "8", "9", "13", "40", "same", "good", "changed", "unseen", "home", "phone", "more",
         "wechat", "self", "proxy", "away", "none", "yes", "no", "on", "other", "today_pm", "yesterday", "2026-11-24",
         "2026-02-30", "0001-01-01", "9999-12-31", "refused", "7", "eating", "stove", "-3", "45", "1e5", "٣"]
    ),
    st.text(max_size=30),
)  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.dictionaries(st.sampled_from(NAMES), st.lists(VALUES, min_size=1, max_size=3), max_size=40),
    minor=st.booleans(),
    tekun=st.booleans(),
    winter=st.booleans(),
    whole=st.booleans(),
)
def test_whatever_is_sent_gives_clean_values_or_sentences(
    data: dict[str, list[str]], minor: bool, tekun: bool, winter: bool, whole: bool
) -> None:
    today = date(2026, 12, 3) if winter else TODAY
    sent = (good(shown_on=today.isoformat()) if whole else {}) | data
    form = form_of(sent, minor=minor, tekun=tekun, today=today)
    if form.is_valid():
        assert form.body is not None
        body = form.body
        judged = judge(
            FORM, Answers(body["values"], body["reasons"]), None, body["mode"], body["met"], minor=minor
        )
        assert judged.complete
        assert body["visited_on"] <= today
    else:
        assert form.body is None
        for name, errors in form.errors.items():
            for sentence in errors:
                assert not LATIN.search(sentence), (name, sentence)
                assert len(sentence) < 120


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "day",
                "on",
                "shown_on",
                "key",
                "outcome",
                "mode",
                "again",
                "again_on",
                "note",
                "visitor",
                "place",
                "there_phone",
                "back_on",
                "companions",
            ]
        ),
        st.lists(VALUES, min_size=1, max_size=2),
    )
)
def test_whatever_is_sent_as_a_try_gives_clean_values_or_sentences(data: dict[str, list[str]]) -> None:
    query = QueryDict(mutable=True)
    for name, given_values in data.items():
        query.setlist(name, given_values)
    form = AttemptForm(query, today=TODAY, afternoon=False, visitors=((7, "林建忠"),))
    if not form.is_valid():
        assert form.body is None
        for errors in form.errors.values():
            assert not any(LATIN.search(sentence) for sentence in errors)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["day", "on", "shown_on"]), st.lists(VALUES, min_size=1, max_size=2)))
def test_a_draft_of_any_day_can_be_shown(body: dict[str, list[str]]) -> None:
    assert isinstance(carried(body, TODAY), dict)


def test_every_sentence_of_an_empty_page_is_chinese_and_stands_at_its_field() -> None:
    form = form_of({}, minor=True, tekun=True)
    assert not form.is_valid()
    assert form.errors["met"] == ["请选见到谁了"]
    assert form.errors["area_self_care"] == ["还没选，特困人员每次都要看"]
    assert not form.non_field_errors()


def test_items_missing_in_an_area_are_named_when_buttons_were_not_used() -> None:
    form = form_of(good(area_health="changed", speech="1"))
    assert form.errors["mobility"] == ["行动能力：请选一个"]
    assert "area_health" not in form.errors


def test_a_reason_counts_for_more_than_an_answer_left_from_before() -> None:
    form = form_of(
        good(
            area_hygiene="changed",
            personal_hygiene="0",
            surroundings_hygiene="0",
            home_hygiene="1",
            unseen_home_hygiene="refused",
        )
    )
    assert form.is_valid(), form.errors
    assert form.body is not None
    assert (form.body["values"]["home_hygiene"], form.body["reasons"]) == (9, {"home_hygiene": "refused"})


def test_answers_left_in_an_area_do_not_count_when_its_button_says_all_good() -> None:
    form = form_of(good(area_mind="good", mood="3"))
    assert form.is_valid()
    assert form.body is not None
    assert form.body["values"]["mood"] == 0


def test_who_forgot_whom_they_met_hears_of_the_other_gaps_at_once() -> None:
    form = form_of(good(met="", area_hygiene="", electricity=""))
    assert {"met", "area_hygiene", "electricity"} <= set(form.errors)


def test_a_sentence_that_begins_with_its_field_is_not_led_by_the_name_again() -> None:
    rows = {row["id"]: row for row in error_rows(form_of(good(area_hygiene="", electricity="")))}
    assert rows["id_area_hygiene"]["label"] == ""
    assert rows["id_electricity"]["label"] == ""


def test_a_field_without_a_label_is_not_called_by_its_code() -> None:
    form = form_of(good(met=""))
    form.fields["met"].label = None
    assert [row["label"] for row in error_rows(form)] == [""]


def test_somebody_away_is_asked_for_the_month_and_nothing_is_invented() -> None:
    data = {
        name: value
        for name, value in good(met="away", contact_month="10").items()
        if not name.startswith("area_")
    }
    form = form_of({**data, "gas": "", "water_heating": "", "electricity": ""})
    assert form.is_valid(), form.errors
    assert form.body is not None
    assert form.body["contact_month"] == 10
    assert form.body["reasons"]["mood"] == "away"


def test_three_items_at_once_can_be_left_unseen_on_a_call_only() -> None:
    data = good(area_safety="unseen", gas="", water_heating="", electricity="")
    assert form_of(data | {"mode": "phone"}).is_valid()
    refused = form_of(data)
    assert "当面巡访" in refused.errors["gas"][0]


@pytest.mark.parametrize("degrees", ["-11", "46", "abc", "18.5"])
def test_degrees_out_of_reach_are_refused(degrees: str) -> None:
    data = good(shown_on="2026-12-03", s_warmth="0", s_heating=["0"], s_degrees=degrees)
    form = form_of(data, today=date(2026, 12, 3))
    assert "s_degrees" in form.errors


def test_in_the_morning_no_afternoon_is_offered_but_one_that_was_meant_is_taken() -> None:
    form = VisitForm(asked=asked(afternoon=False))
    assert "today_pm" not in dict(form.fields["day"].choices)  # type: ignore[attr-defined]
    assert form_of(good(), afternoon=False).is_valid()


def test_every_outcome_of_the_model_has_its_next_step() -> None:
    assert set(OUTCOMES) == set(Attempt.Outcome.values)
    for code, facts in OUTCOMES.items():
        assert facts.words == Attempt.Outcome(code).label
        assert facts.next.endswith("。")
    assert not OUTCOMES["died"].next_possible
