"""Finding people: by name, by its sound, by place and numbers; never beyond the scope, never in an address."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import LogEntry
from tests.cast import make_person, signed_in
from visits.roster import search, sounds
from visits.roster.models import Household, Person, StoredSearch

pytestmark = pytest.mark.django_db
URL = "/roster/"
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 0))


def found(cast, text: str, user=None) -> set[str]:
    people = Person.objects.visible_to(user or cast.township_clerk).filter(merged_into=None)
    return set(search.find(people, text).people.values_list("name", flat=True))


@pytest.fixture
def people(cast) -> dict[str, Person]:
    household = Household.objects.create(
        head_name="卢阿水", county_id=cast.county.pk, township_id=cast.township.pk, village_id=cast.village.pk
    )
    return {
        "lym": make_person(cast, name="林依妹", initials="lym", hamlet="祠堂边", phone="13900001127"),
        "lgq": make_person(cast, name="林国清", initials="lgq", hamlet="上洋", village=cast.other_village),
        "cgx": make_person(cast, name="陈桂香", initials="cgx", household=household, contact_phone="059124760001"),
        "zh": make_person(cast, name="曾招弟", initials="zzd"),
        "far": make_person(cast, name="林依远", initials="lyy", village=cast.other_county_village,
                           assignee=cast.neighbour),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("依妹", {"林依妹"}),
        ("林", {"林依妹", "林国清"}),
        ("林*", {"林依妹", "林国清"}),
        ("林?妹", {"林依妹"}),
        ("?国*", {"林国清"}),
        ("lym", {"林依妹"}),
        ("LinYiMei", {"林依妹"}),
        ("linym", {"林依妹"}),
        ("lin", {"林依妹", "林国清"}),
        ("zeng", {"曾招弟"}),
        ("1127", {"林依妹"}),
        ("139 0000 1127", {"林依妹"}),
        ("0591-24760001", {"陈桂香"}),
        ("祠堂边", {"林依妹"}),
        ("卢阿水", {"陈桂香"}),
        ("月洲 林", {"林依妹"}),
        ("林 上洋", {"林国清"}),
        ("月洲 林 国", set()),
        ("林(", set()),
        ("%", set()),
    ],
)
def test_each_way_of_asking_finds_whom_it_means(cast, people, text: str, names: set[str]) -> None:
    assert found(cast, text) == names


def test_numbers_find_one_person(cast, people) -> None:
    person = people["lym"]
    for text in (person.id_number, person.id_number.lower(), person.id_number[-4:], person.file_no):
        assert found(cast, text) == {"林依妹"}
    Person.objects.filter(pk=people["cgx"].pk).update(
        id_number=None, id_index=None, temporary_no="临时-000007", id_tail=None, tail_index=None
    )
    assert found(cast, "临时-000007") == {"陈桂香"}


def test_the_number_of_a_merged_file_finds_the_one_it_is_kept_in(cast, people) -> None:
    """Twice merged, and the number typed without its county."""
    middle, old = make_person(cast, name="旧档"), make_person(cast, name="更旧的档")
    Person.objects.filter(pk=middle.pk).update(merged_into=people["lym"])
    Person.objects.filter(pk=old.pk).update(merged_into=middle, file_no="永泰-004321")
    assert found(cast, "永泰-004321") == {"林依妹"}
    assert found(cast, "004321") == {"林依妹"}
    assert found(cast, old.id_number) == {"林依妹"}
    Person.objects.filter(pk=middle.pk).update(merged_into=people["far"])
    assert found(cast, "永泰-004321") == set()


@pytest.mark.parametrize(
    ("typed", "name"),
    [("林依美", "林依妹"), ("凌依妹", "林依妹"), ("林国青", "林国清"), ("陈贵香", "陈桂香"), ("曾照地", "曾招弟")],
)  # fmt: skip
def test_a_wrong_character_that_sounds_the_same_is_found_and_said(
    cast, people, typed: str, name: str
) -> None:
    result = search.find(Person.objects.visible_to(cast.township_clerk), typed)
    assert name in set(result.people.values_list("name", flat=True))
    assert result.alike
    client = signed_in(cast.township_clerk)
    html = client.get(client.post(URL, {"q": typed})["Location"]).content.decode()
    assert "读音相同或相近" in html
    assert "⟦" not in html


def test_what_matches_to_the_letter_is_never_mixed_with_what_only_sounds_so(cast, people) -> None:
    make_person(cast, name="林依美", initials="lym")
    result = search.find(Person.objects.visible_to(cast.township_clerk), "林依美")
    assert not result.alike
    assert set(result.people.values_list("name", flat=True)) == {"林依美"}


def test_letters_are_cut_in_every_way_they_may_be_meant() -> None:
    assert ("xi", "an") in sounds.ways("xian")
    assert ("xian",) in sounds.ways("xian")
    assert ("l", "y", "m") in sounds.ways("lym")
    assert sounds.ways("lyu")[0] == ("lv",)
    assert re.match(sounds.pattern(("lv",)), "吕")
    assert re.match(sounds.pattern(("shan",)), "单")
    assert sounds.pattern(("vvv",)) == ""
    assert len(sounds.ways("a" * 40)) <= sounds.MOST_WAYS
    assert sounds.folded("zheng") == sounds.folded("zen")
    assert sounds.folded("fu") == sounds.folded("hu")


@pytest.mark.parametrize(
    ("text", "say"),
    [
        ("", "请填姓名"),
        ("  ", "请填姓名"),
        ("*", "请填姓名"),
        ("%_", "请填姓名"),
        ("12", "至少填末四位"),
        ("林 1", "至少填末四位"),
        ("l", "再多填一个"),
    ],
)
def test_too_little_is_refused_with_what_to_do(cast, text: str, say: str) -> None:
    response = signed_in(cast.township_clerk).post(URL, {"q": text})
    assert response.status_code == 422
    assert say in response.content.decode()
    assert not StoredSearch.objects.exists()


def test_a_search_keeps_the_filters_and_no_address_holds_a_name(cast, people) -> None:
    client = signed_in(cast.township_clerk)
    response = client.post(f"{URL}?village={cast.village.pk}&sort=name", {"q": "林依妹"})
    assert response.status_code == 303
    location = response["Location"]
    assert f"village={cast.village.pk}" in location
    assert "sort=name" in location
    html = client.get(location).content.decode()
    for link in re.findall(r'(?:href|action)="([^"]+)"', html):
        assert "林依妹" not in link
        assert "%E6%9E%97" not in link.upper()
    assert "共1人" in html


@pytest.mark.parametrize("role", ["visitor", "village_head", "township_clerk", "county_officer", "inspector"])
def test_nothing_of_a_stranger_in_hits_counts_or_errors(cast, people, role: str) -> None:
    """The answer about somebody out of scope is that about nobody, to the letter."""
    far = people["far"]
    client = signed_in(cast.users[role])
    for text in ("林依远", "lyy", "linyiyuan", far.id_number, far.file_no, far.id_number[-4:] + ""):
        page = client.get(client.post(URL, {"q": text})["Location"]).content.decode()
        assert "林依远</a>" not in page
        others = {far.name, str(far.uuid)}
        body = page.replace(f"“{text}”", "").replace(f'value="{text}"', "")
        assert not any(other in body for other in others), text


def test_namesakes_of_one_village_show_birth_year_and_tail(cast) -> None:
    one = make_person(cast, name="陈依金", birth=date(1943, 5, 6))
    two = make_person(cast, name="陈依金", birth=date(1951, 1, 9))
    lone = make_person(cast, name="陈依银")
    elsewhere = make_person(cast, name="陈依银", village=cast.other_village)
    html = signed_in(cast.township_clerk).get(URL).content.decode()
    assert f"1943年生 尾号{one.id_number[-4:]}" in html
    assert f"1951年生 尾号{two.id_number[-4:]}" in html
    assert f"尾号{lone.id_number[-4:]}" not in html
    assert f"尾号{elsewhere.id_number[-4:]}" not in html


def test_a_namesake_out_of_scope_is_not_hinted_at(cast) -> None:
    make_person(cast, name="陈依金")
    hidden = make_person(cast, name="陈依金")
    Person.objects.filter(pk=hidden.pk).update(assignee=cast.village_head)
    assert "年生" not in signed_in(cast.visitor).get(URL).content.decode()
    assert "年生" in signed_in(cast.village_head).get(URL).content.decode()


# ── how often ────────────────────────────────────────────────────────────────────────────────────


def test_who_tries_one_number_after_the_other_is_stopped_for_some_minutes(cast, people) -> None:
    by = cast.township_clerk
    for n in range(search.LIMIT):
        search.look_for(text=f"{1000 + n}", by=by, at=AT + timedelta(seconds=n))
    late = AT + timedelta(seconds=search.LIMIT)
    for _ in range(2):
        with pytest.raises(search.TooMany) as stopped:
            search.look_for(text="1127", by=by, at=late)
    assert stopped.value.minutes == 9
    # Logged once, without a word of what was looked for; nobody else is stopped.
    (row,) = LogEntry.objects.filter(action="search_limited")
    assert (row.actor_id, row.detail) == (by.pk, {"searches": search.LIMIT})
    search.look_for(text="1127", by=cast.visitor, at=late)
    search.look_for(text="1127", by=by, at=AT + search.WINDOW)
    with pytest.raises(search.TooMany):
        search.look_for(text="1127", by=by, at=AT + search.WINDOW)


def test_the_search_of_an_export_was_counted_when_it_was_typed(cast) -> None:
    for _ in range(search.LIMIT):
        search.store(text="林", by=cast.township_clerk, at=AT, kept=timedelta(days=10))
    token = search.look_for(text="林", by=cast.township_clerk, at=AT)
    assert StoredSearch.objects.get(token=token).user == cast.township_clerk


def test_the_page_of_too_many_searches_says_when_to_come_back(cast, monkeypatch) -> None:
    monkeypatch.setattr(search, "LIMIT", 1)
    client = signed_in(cast.township_clerk)
    assert client.post(URL, {"q": "林依妹"}).status_code == 303
    answer = client.post(URL, {"q": "1127"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "600")
    assert "请10分钟后再试" in answer.content.decode()
    assert "密码" not in answer.content.decode().split("<h1>")[1].split("</section>")[0]
    assert client.get(URL).status_code == 200
