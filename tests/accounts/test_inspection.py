"""外部检查: a letter, an end, a line on every page, and not one button that writes (practice P29)."""

import datetime as dt
import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import Resolver404, resolve, reverse

from accounts import services
from accounts.models import Post
from accounts.roles import Role
from tests.cast import signed_in
from tests.world import fill

DAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
URL = "/account/users"
FORM = re.compile(r'<form[^>]*method="post"[^>]*>', re.I)
LINK = re.compile(r'<a\b[^>]*href="([^"]+)"')
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize(
    "values", [{"document_no": ""}, {"ends_on": None}, {"document_no": "", "ends_on": None}]
)
def test_the_database_refuses_an_inspector_without_letter_or_end(cast: Any, values: dict[str, Any]) -> None:
    good = {"document_no": "榕检1号", "ends_on": dt.date(2026, 12, 31)}
    with pytest.raises(IntegrityError, match="post_inspector_has_letter"), transaction.atomic():
        Post.objects.create(
            user=cast.nobody, region=cast.county, role=Role.INSPECTOR, starts_on=DAY, **{**good, **values}
        )
    Post.objects.create(user=cast.nobody, region=cast.county, role=Role.INSPECTOR, starts_on=DAY, **good)


@pytest.mark.parametrize(
    ("values", "field"), [({"document_no": ""}, "document_no"), ({"ends_on": ""}, "ends_on")]
)
def test_the_form_asks_for_both_at_their_fields(cast: Any, values: dict[str, str], field: str) -> None:
    form = {"role": "inspector", "unit": "永泰县", "title": "", "starts_on": "2026-11-24",
            "ends_on": "2026-12-31", "document_no": "榕检1号"}  # fmt: skip
    client = signed_in(cast.system_admin)
    url = f"{URL}/{cast.nobody.pk}/posts/new"
    answer = client.post(url, {**form, **values})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert client.post(url, form).status_code == 302
    assert Post.objects.get(user=cast.nobody).document_no == "榕检1号"


def test_a_letter_is_asked_of_nobody_else(cast: Any) -> None:
    assert 'name="document_no"' not in signed_in(cast.township_clerk).get(f"{URL}/new").content.decode()
    new = services.NewPost("visitor", cast.village.pk, "", DAY, None, "不该有的文号")
    made = services.add_post(user_id=cast.nobody.pk, post=new, by=cast.township_clerk, at=NOON, on=DAY)
    assert made.document_no == ""


def walk(user: Any) -> Any:
    """Every kind of page the inspector reaches by links."""
    client, queue, seen, kinds = signed_in(user), ["/"], {"/"}, {}
    while queue:
        url = queue.pop(0)
        try:
            name = resolve(urlsplit(url).path).view_name
        except Resolver404:
            continue
        if kinds.get(name, 0) >= 3 or name.endswith("_pdf"):
            continue
        kinds[name] = kinds.get(name, 0) + 1
        response = client.get(url)
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            html = response.content.decode()
            yield name, url, html
            for link in LINK.findall(html):
                target = urljoin(url, link.replace("&amp;", "&")).split("#")[0]
                if target.startswith("/") and "zi=" not in target and target not in seen:
                    seen.add(target)
                    queue.append(target)


def test_every_page_carries_the_line_and_none_offers_to_write(cast: Any) -> None:
    fill(cast, DAY)
    may = {"/account/sign-out"}
    names, faults = set(), []
    for name, url, html in walk(cast.inspector):
        names.add(name)
        line = re.search(r'<aside class="xf-mark"[^>]*>([^<]+)</aside>', html)
        if not line or "榕民检〔2026〕3号" not in line[1] or "2026年11月24日" not in line[1]:
            faults.append(f"{url}: no line")
        for form in FORM.findall(html):
            action = re.search(r'action="([^"]*)"', form)
            # An address may be only a query: then it is the page itself.
            target = urlsplit(urljoin(url, action[1] if action else "")).path
            view = resolve(target).func.rule
            # A search, how one is told, a masked copy and one's own password write nothing of the business.
            harmless = ("", "own search", "own notices", "export", "password", "session")
            if target not in may and view.writes not in harmless:
                faults.append(f"{url}: a form to {target} ({view.writes})")
        for link in LINK.findall(html):
            path = urlsplit(urljoin(url, link)).path
            try:
                rule = resolve(path).func.rule
            except Resolver404:
                continue
            if not rule.public and Role.INSPECTOR not in rule.roles:
                faults.append(f"{url}: a link to {path} that is refused")
    assert not faults, "\n".join(faults)
    assert {"home", "visits_desk:overview", "visits_roster:people", "visits_desk:person"} <= names


def test_the_line_is_on_prints_too(cast: Any) -> None:
    from visits.records.models import Visit

    fill(cast, DAY)
    visit = Visit.objects.first()
    client = signed_in(cast.inspector)
    html = client.get(reverse("visits_records:visit_print", args=[visit.uuid])).content.decode()
    assert 'class="paper"' in html
    assert "外部检查　" in html
    assert "榕民检〔2026〕3号" in html
    assert (
        "外部检查"
        not in signed_in(cast.township_clerk)
        .get(reverse("visits_records:visit_print", args=[visit.uuid]))
        .content.decode()
    )


def test_the_line_is_in_the_pdf(cast: Any) -> None:
    from tests.kit.test_pdf import squeeze, text_of
    from visits.records.models import Visit

    fill(cast, DAY)
    visit = Visit.objects.first()
    mine = signed_in(cast.inspector).get(reverse("visits_records:visit_pdf", args=[visit.uuid])).content
    assert "榕民检〔2026〕3号" in squeeze(text_of(mine))
    theirs = (
        signed_in(cast.township_clerk).get(reverse("visits_records:visit_pdf", args=[visit.uuid])).content
    )
    assert "榕民检" not in squeeze(text_of(theirs))


def test_nobody_else_carries_a_line(cast: Any) -> None:
    for who in ("township_clerk", "visitor", "system_admin"):
        assert "xf-mark" not in signed_in(cast.users[who]).get("/account/password").content.decode()


def test_the_day_after_the_end_the_session_is_over(cast: Any, clock: Any) -> None:
    Post.objects.filter(user=cast.inspector).update(ends_on=DAY)
    client = signed_in(cast.inspector)
    assert client.get("/").status_code == 200
    clock.move_to(dt.datetime(2026, 11, 24, 16, 1, tzinfo=dt.UTC))  # 00:01 in Shanghai
    assert client.get("/").status_code == 302
