"""Villages to visitors in one table: who has none goes to the one chosen, nobody else is touched."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import LogEntry
from tests.cast import Cast, make_person, signed_in
from visits.roster.models import Person

pytestmark = pytest.mark.django_db


def test_who_has_no_visitor_goes_to_the_one_chosen(cast: Cast) -> None:
    kept = make_person(cast, assignee=cast.village_head)
    free, other = make_person(cast), make_person(cast, village=cast.other_village)
    Person.objects.filter(pk__in=[free.pk, other.pk]).update(assignee=None)
    client = signed_in(cast.township_clerk)
    url = reverse("visits_schedule:assign")
    page = client.get(url).content.decode()
    assert "一共还有2人没落实" in page
    response = client.post(url, {f"v{cast.village.pk}": cast.visitor.pk}, follow=True)
    assert "1人落实了巡访人" in response.content.decode()
    assert dict(Person.objects.values_list("pk", "assignee")) == {
        kept.pk: cast.village_head.pk, free.pk: cast.visitor.pk, other.pk: None,
    }  # fmt: skip
    assert LogEntry.objects.get(action="people_assigned").detail["people"] == 1


def test_nothing_chosen_or_somebody_of_elsewhere_is_said(cast: Cast) -> None:
    make_person(cast)
    Person.objects.update(assignee=None)
    client = signed_in(cast.township_clerk)
    url = reverse("visits_schedule:assign")
    assert "至少给一个村" in client.post(url, {}).content.decode()
    response = client.post(url, {f"v{cast.village.pk}": cast.neighbour.pk})
    assert response.status_code == 422
    assert "请从名单里选一位" in response.content.decode()
    assert not Person.objects.exclude(assignee=None).exists()


def test_ten_villages_cost_what_one_costs(cast: Cast, django_assert_max_num_queries) -> None:
    from accounts.models import Region

    client = signed_in(cast.township_clerk)
    url = reverse("visits_schedule:assign")
    make_person(cast)
    Person.objects.update(assignee=None)
    with django_assert_max_num_queries(30) as one:
        client.get(url)
    for village in Region.objects.live(dt.date(2026, 11, 24)).filter(level=4, parent=cast.township)[:10]:
        make_person(cast, village=village)
    Person.objects.update(assignee=None)
    with django_assert_max_num_queries(len(one.captured_queries)):
        client.get(url)
