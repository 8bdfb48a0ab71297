"""What is easy to forget in a template and shows only in a real browser."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
WITH_TOKEN = [
    path for path in TEMPLATES.rglob("_*.html") if re.search(r"{% csrf_token %}", path.read_text("utf-8"))
]


@pytest.mark.parametrize("fragment", WITH_TOKEN, ids=lambda path: path.name)
def test_a_fragment_with_a_form_is_given_the_token(fragment: Path) -> None:
    name = fragment.relative_to(TEMPLATES).as_posix()
    for page in TEMPLATES.rglob("*.html"):
        for include in re.findall(
            r"{%\s*include\s+[\"']" + re.escape(name) + r"[\"'][^%]*%}", page.read_text("utf-8")
        ):
            assert " only" not in include or "csrf_token=csrf_token" in include, f"{page.name}: {include}"


@pytest.mark.parametrize("page", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_every_posted_form_carries_the_token(page: Path) -> None:
    text = page.read_text("utf-8")
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, flags=re.S | re.I):
        # Not the bare value: the tag says whose page it is as well, and what was typed is lost without it.
        assert "{% csrf_token %}" in form, page.name
