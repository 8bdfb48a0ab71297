"""The unit a page of figures is about, and the way up from it as far as the reader's posts go."""

from typing import Any

from django.http import Http404
from django.urls import reverse

from accounts.models import Region
from accounts.roles import OVERVIEW


def unit_of(user: Any, text: str) -> Region:
    """The unit of the address, or one's own. Http404 outside one's posts, the same as for one that does not
    exist."""
    own = min((p for p in user.duty.posts if p.role in OVERVIEW), key=lambda p: p.level, default=None)
    if own is None or (text and not (text.isascii() and text.isdigit() and len(text) < 12)):
        raise Http404
    region = Region.objects.filter(pk=int(text) if text else own.region_id).first()
    if region is None or user.duty.role_for(region, OVERVIEW) is None:
        raise Http404
    return region


def crumbs(user: Any, region: Region, view: str) -> list[tuple[str, str]]:
    """(name, address) from the reader's highest unit down to this one; [] when that is this one."""
    ids = [int(part) for part in region.path.split("/") if part]
    chain = Region.objects.filter(pk__in=ids).order_by("level")
    found = [unit for unit in chain if user.duty.role_for(unit, OVERVIEW) is not None]
    if len(found) == 1:
        return []
    return [(unit.name, f"{reverse(view)}?unit={unit.pk}" if unit.pk != region.pk else "") for unit in found]
