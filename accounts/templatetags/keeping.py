"""`{% csrf_token %}` with the author's token beside it, on every page: no form can forget it.

This library is built in (settings) and takes the place of Django's tag.
"""

from uuid import UUID

from django import template
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import page_author

register = template.Library()


class FormTokens(CsrfTokenNode):
    def render(self, context: Context) -> str:
        return super().render(context) + _author(context)


@register.tag("csrf_token")
def csrf_token(parser: template.base.Parser, token: template.base.Token) -> FormTokens:
    return FormTokens()


def _author(context: Context) -> SafeString:
    """The hidden fields of whoever is signed in; a form that is sent again says so once more when it comes back
    with something to mend."""
    request = getattr(context, "request", None) or context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return SafeString("")
    made = getattr(request, "_page_author", None)
    if made is None:
        made = _field(page_author.FIELD, page_author.token(user.pk))
        if uuid := _uuid(page_author.posted(request).get(page_author.KEPT, "")):
            made += _field(page_author.KEPT, str(uuid))
        request._page_author = made
    return made


def _field(name: str, value: str) -> SafeString:
    return format_html('<input type="hidden" name="{}" value="{}">', name, value)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
