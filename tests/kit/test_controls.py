"""Controls are drawn as Django's templates draw them."""

import datetime as dt
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import SafeString

from xunfang.kit.controls import Renderer

UGLY = """<b> & "x" 'y'"""


class Marked(forms.Select):
    option_template_name = "django/forms/widgets/radio_option.html"


CHOICES = [("", "请选择"), (1, UGLY), (UGLY, SafeString("<i>安全</i>")), ("村", [("a", "甲"), ("b", UGLY)])]
WIDGETS: list[tuple[Any, Any]] = [
    (forms.TextInput(attrs={"maxlength": 9, "required": True, "autofocus": False, "title": UGLY}), UGLY),
    (forms.TextInput(), None),
    (forms.TextInput(), ""),
    (forms.TextInput(), SafeString("<b>")),
    (forms.NumberInput(attrs={"min": 0}), 1234567),
    (forms.HiddenInput(), 0),
    (forms.PasswordInput(), "secret"),
    (forms.PasswordInput(render_value=True), "secret"),
    (forms.EmailInput(), "a@b.cn"),
    (forms.DateInput(), dt.date(2026, 11, 24)),
    (forms.DateTimeInput(), dt.datetime(2026, 11, 24, 8, 30)),
    (forms.TimeInput(), dt.time(8, 30)),
    (forms.CheckboxInput(), True),
    (forms.CheckboxInput(), False),
    (forms.CheckboxInput(), "x"),
    (forms.Textarea(), UGLY),
    (forms.Textarea(attrs={"rows": 3}), None),
    (forms.Select(choices=CHOICES), 1),
    (forms.Select(choices=CHOICES), "b"),
    (forms.Select(choices=CHOICES), None),
    (forms.SelectMultiple(choices=CHOICES), [1, "a"]),
    (Marked(choices=CHOICES[:2]), 1),
    (forms.NullBooleanSelect(), True),
    (forms.ClearableFileInput(), None),
    (forms.RadioSelect(choices=CHOICES), 1),
]


@pytest.mark.parametrize(("widget", "value"), WIDGETS)
def test_a_control_is_the_one_django_draws(widget: Any, value: Any) -> None:
    attrs = {"id": "id_f", "class": "form-control", "aria-invalid": "true"}
    ours = widget.render("f", value, attrs, renderer=Renderer())
    assert ours == widget.render("f", value, attrs, renderer=DjangoTemplates())
    assert isinstance(ours, SafeString)


def test_it_is_what_the_forms_of_the_site_are_drawn_with() -> None:
    class Form(forms.Form):
        f = forms.CharField()

    assert isinstance(Form().renderer, Renderer)
