"""P8: whoever died is at once on no list, sheet, call list, round or draft table; the figures remember."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Region
from tests.cast import make_person, signed_in
from tests.visits.desk.world import TODAY, item, sheet
from tests.world import evening, visit
from visits.desk import documents, homes, offices
from visits.records import sheet_rows
from visits.roster import services
from visits.roster.models import Person
from visits.schedule import services as schedule
from visits.schedule.periods import Quarter
from visits.schedule.selectors import due_people, next_person

NAME = "苏桂垚"


@pytest.fixture
def person(cast) -> Person:
    """Owed a visit now, and missed in the quarter before."""
    made = make_person(cast, name=NAME, hamlet="上洋", phone="13800004471")
    make_person(cast, name="别的人", hamlet="上洋")
    Person.objects.update(created_at=evening(date(2024, 1, 1)))
    schedule.generate(on=date(2026, 7, 1))
    schedule.generate(on=TODAY)
    return made


def places(cast) -> dict[str, str]:
    """Everything that names people to be visited, as text."""
    village = Region.objects.get(pk=cast.village.pk)
    draft = sheet(village, Quarter(2026, 3), 1, "open", cast.county_officer)
    found = {
        "the due list": str([row.person.name for row in due_people(cast.visitor, TODAY)]),
        "the cards of today": str(homes.village(cast.visitor, TODAY)),
        "the village head's cards": str(homes.village(cast.village_head, TODAY)),
        "the round sheet": str(documents.people_of(cast.village_head, village, TODAY)),
        "the draft table": str([dict(line.content) for line in sheet_rows.live(draft, TODAY)]),
        "the clerk's page": str(offices.clerk(cast.township_clerk, TODAY)),
        "the next person": str(getattr(next_person(cast.visitor, TODAY, 0), "name", "")),
    }
    draft.delete()
    for who, name in (("visitor", "visits_schedule:due"), ("township_clerk", "visits_roster:people"),
                      ("visitor", "home"), ("village_head", "visits_schedule:due")):  # fmt: skip
        found[f"{name} of {who}"] = signed_in(getattr(cast, who)).get(reverse(name)).content.decode()
    found["the printed round"] = (
        signed_in(cast.village_head)
        .post(reverse("visits_desk:print_round", args=[village.pk]), follow=True)
        .content.decode()
    )
    return found


def test_the_name_stands_on_the_lists_and_then_on_none(cast, person) -> None:
    named = {place for place, text in places(cast).items() if NAME in text}
    assert len(named) >= 8, named
    services.mark_left(person_id=person.pk, status="dead", on=TODAY, by=cast.visitor, at=timezone.now())
    assert [place for place, text in places(cast).items() if NAME in text] == []
    services.undo_left(person_id=person.pk, by=cast.visitor, at=timezone.now())
    assert {place for place, text in places(cast).items() if NAME in text} == named


def test_what_was_missed_before_the_death_stays_in_the_figures_and_says_so(cast, person) -> None:
    services.mark_left(person_id=person.pk, status="dead", on=TODAY, by=cast.visitor, at=timezone.now())
    url = reverse("visits_desk:figures") + f"?unit={cast.village.pk}&period=2026Q3&measure=late"
    page = signed_in(cast.township_clerk).get(url).content.decode()
    assert NAME in page
    assert "去世" in page


def test_what_was_found_on_a_visit_before_the_death_is_still_signed(cast, person) -> None:
    visit(person, cast.visitor, date(2026, 11, 2))
    cast.refresh()
    services.mark_left(person_id=person.pk, status="dead", on=TODAY, by=cast.visitor, at=timezone.now())
    draft = sheet(Region.objects.get(pk=cast.village.pk), Quarter(2026, 4), 1, "open", cast.county_officer)
    assert NAME in [line.content["name"] for line in sheet_rows.live(draft, TODAY)]


def test_the_page_of_the_dead_is_quiet_and_says_how_to_take_it_back(cast, person) -> None:
    services.mark_left(
        person_id=person.pk, status="dead", on=date(2026, 10, 31), approximate=True, reason="邻居说的",
        by=cast.visitor, at=timezone.now(),
    )  # fmt: skip
    url = reverse("visits_desk:person", args=[person.uuid])
    for who in ("visitor", "village_head", "township_clerk"):
        page = signed_in(getattr(cast, who)).get(url).content.decode()
        assert "2026年10月前后" in page
        assert "邻居说的" in page
        assert cast.visitor.name in page
        assert "记错了，撤销" in page
        assert 'href="tel:13800004471"' not in page
        assert "tel:110" not in page
        assert "去巡访" not in page
    assert "记错了，撤销" not in signed_in(cast.county_officer).get(url).content.decode()


def test_an_item_of_a_merged_file_is_on_no_list(cast, person) -> None:
    other = make_person(cast, name=NAME)
    item(other, date(2026, 7, 1), date(2026, 9, 30))
    Person.objects.filter(pk=other.pk).update(merged_into=person)
    assert [row.person.pk for row in due_people(cast.visitor, TODAY)].count(other.pk) == 0
