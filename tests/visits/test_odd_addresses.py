"""An address that was mangled or made up is answered, never with an error of ours."""

import pytest
from django.urls import reverse

from tests.cast import make_person, signed_in

pytestmark = pytest.mark.django_db
ODD = (
    "²",
    "٣",
    "9" * 20,
    "9" * 5000,
    "-1",
    "\0",
    "0001-01-01",
    "9999-12-31",
    "0001Q1",
    "0001H1",
    "2026-11-24_" + "9" * 20,
)


@pytest.mark.parametrize(
    ("who", "page", "names"),
    [
        ("township_clerk", "visits_records:sheets", ("township", "from", "period", "state")),
        ("township_clerk", "visits_schedule:due", ("assignee", "after", "village", "group")),
        ("township_clerk", "visits_roster:people", ("after", "village", "assignee", "s")),
        ("township_clerk", "visits_followup:changes", ("page", "which")),
        ("county_officer", "visits_desk:overview", ("unit", "period", "m")),
        ("county_officer", "visits_desk:figures", ("period", "after")),
        ("county_officer", "visits_desk:prints", ("township",)),
    ],
)  # fmt: skip
def test_an_odd_word_in_an_address_is_no_error(cast, who, page, names) -> None:
    client = signed_in(getattr(cast, who))
    for name in names:
        for odd in ODD:
            assert client.get(reverse(page), {name: odd}).status_code in (200, 404), (
                f"{page}?{name}={odd[:30]}"
            )


def test_an_odd_day_on_a_person_s_page_is_no_error(cast) -> None:
    url = reverse("visits_desk:person", args=[make_person(cast).uuid])
    client = signed_in(cast.township_clerk)
    for odd in ODD:
        assert client.get(url, {"before": odd}).status_code == 200
