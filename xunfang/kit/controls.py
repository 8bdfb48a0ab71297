"""Single controls of forms drawn in Python, byte for byte as Django's own templates draw them: a list to choose a
visitor from takes as long there as the rest of the page."""

from collections.abc import Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape as esc

INPUTS = frozenset(
    f"django/forms/widgets/{name}.html"
    for name in ("input", "text", "number", "email", "url", "password", "hidden", "date", "datetime", "time", "checkbox")
)  # fmt: skip
SELECT, TEXTAREA = "django/forms/widgets/select.html", "django/forms/widgets/textarea.html"
OPTION = "django/forms/widgets/select_option.html"


def _attrs(attrs: Mapping[str, Any]) -> str:
    return "".join(
        f" {esc(name)}" if value is True else f' {esc(name)}="{esc(str(value))}"'
        for name, value in attrs.items()
        if value is not False
    )


def _input(widget: Mapping[str, Any]) -> str:
    value = "" if widget["value"] is None else f' value="{esc(str(widget["value"]))}"'
    return (
        f'<input type="{esc(widget["type"])}" name="{esc(widget["name"])}"{value}{_attrs(widget["attrs"])}>'
    )


def _textarea(widget: Mapping[str, Any]) -> str:
    value = esc(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{esc(widget["name"])}"{_attrs(widget["attrs"])}>\n{value}</textarea>'


def _select(widget: Mapping[str, Any]) -> str:
    drawn = []
    for group, options, _ in widget["optgroups"]:
        if group:
            drawn.append(f'\n  <optgroup label="{esc(group)}">')
        drawn += [
            f'\n  <option value="{esc(str(option["value"]))}"{_attrs(option["attrs"])}>{esc(option["label"])}</option>\n'
            for option in options
        ]
        if group:
            drawn.append("\n  </optgroup>")
    return f'<select name="{esc(widget["name"])}"{_attrs(widget["attrs"])}>{"".join(drawn)}\n</select>'


class Renderer(DjangoTemplates):
    """Django's, but for inputs, text areas and selects; a select whose options are drawn in a way of their own goes to
    its template."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        widget = context.get("widget", {})
        if template_name in INPUTS:
            return _input(widget)
        if template_name == TEXTAREA:
            return _textarea(widget)
        if template_name == SELECT and all(
            option["template_name"] == OPTION for _, options, _ in widget["optgroups"] for option in options
        ):
            return _select(widget)
        return str(super().render(template_name, context, request))
