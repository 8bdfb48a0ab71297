"""Another wording of the form: words, answers and phrases change; codes and values never; old visits keep theirs."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tests.cast import Cast, make_person, signed_in
from tests.visits.records.test_visiting_views import filled
from tests.visits.records.visiting_bodies import AT, DAY, body
from visits.records import services
from visits.records.assessment import FORM_V1, load
from visits.records.forms.wording import WordingForm
from visits.records.models import Draft, FormVersion, Visit
from visits.records.rewording import differences, free_value, used_values
from visits.records.services.wording import make_version, withdraw_version
from visits.roster.models import Person
from visits.roster.services import CannotChange

TOMORROW = DAY + timedelta(days=1)
LATER = AT + timedelta(days=2)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def typed(base: dict[str, Any] = FORM_V1, **changes: Any) -> dict[str, str]:
    """The page as it opens, with what was changed in it."""
    form = WordingForm(base=base, every=[base], today=DAY)
    data = {}
    for name, field in form.fields.items():
        value = field.initial
        if isinstance(value, bool):
            if value:
                data[name] = "on"
        elif value is not None:
            data[name] = str(value)
    made = {"starts_on": TOMORROW.isoformat(), "summary": "改了几处", "act": "save"}
    plain = {name.replace("__", "-"): value for name, value in changes.items()}
    return {name: value for name, value in (data | made | plain).items() if value is not None}


def bound(base: dict[str, Any] = FORM_V1, **changes: Any) -> WordingForm:
    return WordingForm(typed(base, **changes), base=base, every=[base], today=DAY)


def made(form: WordingForm) -> dict[str, Any]:
    assert form.is_valid(), form.errors
    assert form.definition is not None
    return form.definition


def test_words_and_uses_change_and_all_else_stays() -> None:
    definition = made(
        bound(illness__label="患病情况", illness__1__words="药吃得不准时", mood__2__use="report")
    )
    form = load(definition)
    assert form.item("illness").label == "患病情况"
    assert form.words("illness", 1) == "药吃得不准时"
    assert "reportable" in form.item("mood").option(2).flags
    said = [(one.what, one.was, one.now) for one in differences(load(FORM_V1), form)]
    assert said == [
        ("名称", "疾病状况", "患病情况"),
        ("患病情况", "慢病用药不规律", "药吃得不准时"),
        ("情绪状态", "一直低落、常哭、易怒", "一直低落、常哭、易怒（应上报）"),
    ]


def test_a_new_answer_gets_a_value_that_none_ever_had_and_keeps_the_level() -> None:
    definition = made(
        bound(income__new__words="停发了工资", income__new__level="2", income__new__use="report")
    )
    option = next(one for one in load(definition).item("income").options if one.words == "停发了工资")
    assert (option.value, option.level) == (22, 2)
    # Retired in between: its value is not given to something else.
    retired = made(bound(definition, income__22__use="off"))
    assert load(retired).item("income").option(22) is None
    form = WordingForm(
        typed(retired, income__new__words="别的", income__new__level="2"), base=retired, every=[FORM_V1, definition, retired],
        today=DAY,
    )  # fmt: skip
    assert load(made(form)).item("income").option(32).words == "别的"


def test_all_values_of_a_level_can_be_taken() -> None:
    assert free_value(2, range(2, 100, 10)) is None
    assert free_value(1, {1, 11}) == 21
    assert used_values([FORM_V1])["gas"] == {8, 0, 1, 2, 3}


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"mood__3__use": "off"}, "mood-label", "要有正常、关注、需处理、紧急四级"),
        ({"mood__1__words": ""}, "mood-1-words", "不能空着"),
        ({"mood__1__words": "长" * 41}, "mood-1-words", "最多40个字"),
        ({"mood__0__use": "off"}, "mood-0-use", "请重新选"),
        ({"summary": ""}, "summary", "不能空着"),
        ({"starts_on": DAY.isoformat()}, "starts_on", "最早从明天起用"),
        ({"starts_on": "2028-01-01"}, "starts_on", "一年以内起用"),
        ({"starts_on": "明天"}, "starts_on", "日期不对"),
        ({"phrase__new1__words": "洗衣", "phrase__new2__words": "做饭"}, "phrase-stove-words", "一次最多6个"),
        ({}, "__all__", "一个字也没有改"),
    ],
)
def test_what_cannot_be_stands_at_its_field(changes: dict[str, str], field: str, words: str) -> None:
    form = bound(**changes)
    assert not form.is_valid()
    assert words in "".join(form.errors[field])


def test_a_phrase_is_added_and_another_stopped() -> None:
    definition = made(
        bound(phrase__company__off="on", phrase__new1__words="帮忙缴费", phrase__new1__season="winter")
    )
    form = load(definition)
    assert "聊天陪伴" not in [phrase.words for phrase in form.phrases]
    assert [(p.code, p.season) for p in form.phrases if p.words == "帮忙缴费"] == [("more1", "winter")]


def version(cast: Cast, **changes: Any) -> FormVersion:
    return make_version(
        definition=made(bound(**changes)), starts_on=TOMORROW, document_no="榕民〔2026〕9号", summary="改了几处",
        by=cast.city_business, at=AT,
    )  # fmt: skip


def test_only_the_city_words_the_form_and_never_for_today(cast: Cast, db: None) -> None:
    call = {"definition": FORM_V1, "document_no": "", "summary": "改", "at": AT}
    with pytest.raises(CannotChange, match="由市级业务管理员定"):
        make_version(starts_on=TOMORROW, by=cast.county_officer, **call)
    with pytest.raises(CannotChange, match="最早从明天起用"):
        make_version(starts_on=DAY, by=cast.city_business, **call)
    with pytest.raises(CannotChange, match="一项不多"):
        make_version(
            starts_on=TOMORROW,
            by=cast.city_business,
            **(call | {"definition": FORM_V1 | {"areas": FORM_V1["areas"][:5]}}),
        )
    version(cast, mood__1__words="有时心烦")
    with pytest.raises(CannotChange, match="已经有一版开始用了"):
        version(cast, mood__1__words="别的")


def test_a_version_is_withdrawn_before_it_begins_and_never_after(cast: Cast, db: None) -> None:
    found = version(cast, mood__1__words="有时心烦")
    with pytest.raises(CannotChange, match="已经开始用了"):
        withdraw_version(version_id=found.pk, by=cast.city_business, at=LATER)
    withdraw_version(version_id=found.pk, by=cast.city_business, at=AT)
    assert FormVersion.live(TOMORROW).number == 1
    again = version(cast, mood__1__words="别的")
    assert again.number == 3
    with pytest.raises(CannotChange, match="已经撤回"):
        withdraw_version(version_id=found.pk, by=cast.city_business, at=AT)


@pytest.fixture
def person(cast: Cast) -> Person:
    found = make_person(cast)
    Person.objects.filter(pk=found.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    return found


def test_old_visits_show_the_words_they_were_made_under(cast: Cast, person: Person) -> None:
    old, _ = services.submit(person_id=person.pk, by=cast.visitor, at=AT, key=uuid.uuid4(), body=body(mood=1))
    version(cast, mood__1__words="有时心烦")
    with time_machine.travel(LATER, tick=False):
        client = signed_in(cast.visitor)
        new, _ = services.submit(
            person_id=person.pk,
            by=cast.visitor,
            at=LATER,
            key=uuid.uuid4(),
            body=body(mood=1, visited_on=TOMORROW),
        )
        pages = [
            client.get(reverse("visits_records:visit", args=[one.uuid])).content.decode()
            for one in (old, new)
        ]
        form = client.get(reverse("visits_records:visit_new", args=[person.uuid])).content.decode()
        blank = client.get(reverse("visits_desk:print_blank")).content.decode()
    assert (old.form_version.number, new.form_version.number) == (1, 2)
    assert "偶尔低落、烦躁" in pages[0]
    assert "有时心烦" in pages[1]
    assert "有时心烦" in form
    assert "有时心烦" in blank


def test_a_visit_of_before_typed_later_keeps_the_words_that_were_read(cast: Cast, person: Person) -> None:
    version(cast, mood__1__words="有时心烦")
    late, _ = services.submit(
        person_id=person.pk, by=cast.visitor, at=LATER, key=uuid.uuid4(), body=body(mood=1)
    )
    assert late.visited_on == DAY
    assert late.form_version.number == 2


def test_a_draft_goes_over_and_an_answer_that_is_no_more_is_asked_again(cast: Cast, person: Person) -> None:
    client = signed_in(cast.visitor)
    url = reverse("visits_records:visit_new", args=[person.uuid])
    client.post(
        url,
        filled(area_mind="changed", stress="13", thinking="0", mood="0", remark="写过的字", action="draft"),
    )
    assert Draft.objects.count() == 1
    version(cast, stress__13__use="off")
    with time_machine.travel(LATER, tick=False):
        client = signed_in(cast.visitor)
        page = client.get(url).content.decode()
        assert "写过的字" in page
        assert "受威胁、受虐待" not in page
        assert 'name="thinking" id="id_thinking_0" value="0" data-level="0" checked' in page
        draft = Draft.objects.get()
        sent = client.post(
            url,
            {name: given[-1] for name, given in draft.body.items()}
            | {"key": str(draft.key), "action": "save"},
        )
    assert sent.status_code == 422
    assert "没有这一项，请重新选" in sent.content.decode()
    assert Visit.objects.count() == 0


def test_the_pages_list_change_show_and_keep(cast: Cast, db: None) -> None:
    client: Client = signed_in(cast.city_business)
    url = reverse("visits_records:wording_new")
    page = client.get(url).content.decode()
    assert "⟦" not in page
    assert len(page.encode()) < 150_000
    look = client.post(url, typed(act="look", mood__1__words="有时心烦")).content.decode()
    assert "改了1处" in look
    assert "偶尔低落、烦躁" in look
    assert look.count("有时心烦") >= 3  # carried on, among the changes, and in the form as it will be
    assert FormVersion.objects.count() == 1
    assert client.post(url, typed(act="back", mood__1__words="有时心烦")).status_code == 200
    assert client.post(url, typed(act="save", mood__1__words="")).status_code == 422
    assert client.post(url, typed(act="save", mood__1__words="有时心烦")).status_code == 302
    listed = client.get(reverse("visits_records:wording")).content.decode()
    assert "还没开始用" in listed
    assert "正在用" in listed
    found = FormVersion.objects.get(number=2)
    assert (
        "有时心烦" in client.get(reverse("visits_records:wording_version", args=[found.pk])).content.decode()
    )
    client.post(reverse("visits_records:wording_withdraw", args=[found.pk]))
    assert FormVersion.live(date(2027, 1, 1)).number == 1
