"""使用手册: everybody finds the manual of the own post, with its pictures and without the marks it is written in."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from tests.cast import signed_in
from visits.desk import manual

MANUALS = sorted({name for names in manual.READ.values() for name in names})


def test_every_role_has_a_manual() -> None:
    assert set(manual.READ) == set(Role)


@pytest.mark.parametrize("name", MANUALS)
def test_nothing_of_how_a_manual_is_written_is_left_on_the_page(name: str) -> None:
    title, blocks = manual.read(name)
    pieces = [text for one in blocks for row in (one.words, *one.rows) for _, text in row]
    assert title.endswith("手册")
    assert [piece for piece in pieces if re.search(r"\*\*|\]\(|^#|^[-|]|^\d+\. |`", piece)] == []
    pictures = [one.text for one in blocks if one.kind == "picture"]
    assert [picture for picture in pictures if finders.find(picture) is None] == []


def test_a_list_goes_on_behind_its_picture_and_lines_are_joined() -> None:
    _, blocks = manual.read("民政办经办人")
    numbered = [one for one in blocks if one.kind == "ol"]
    assert [(one.start, len(one.items)) for one in numbered] == [(1, 1), (2, 2), (4, 2)]
    assert "银行账号不读也不存。" in numbered[0].items[0]
    assert manual.spans("先**停**，看[安装手册](../安装手册.md)") == [
        (False, "先"), (True, "停"), (False, "，看"), (False, "安装手册")
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_manual_of_ones_own_post_is_one_step_from_every_page(cast) -> None:
    for user, here, away in (
        (cast.county_officer, "县级民政部门手册", "巡访人手册"),
        (cast.village_head, "签什么", "第一天"),
    ):
        client = signed_in(user, Client())
        assert reverse("visits_desk:manual") in client.get("/").content.decode()
        page = client.get(reverse("visits_desk:manual")).content.decode()
        assert (here in page, away in page) == (True, False)
