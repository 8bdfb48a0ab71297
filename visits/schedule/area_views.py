"""责任区 as a page: who has which place, where nobody has one, who has too many people."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.roles import COUNTY, TOWNSHIP, Role
from visits.schedule import gaps
from visits.templatetags.xf import day_year, num

MOST = 120


@require_safe
@rule(TOWNSHIP | COUNTY, reads="areas")
def areas(request: HttpRequest) -> HttpResponse:
    """五(一)-4, 五(三)-1: gaps first, then who has what since when, then whether there are enough visitors."""
    found = gaps.read(request.user, request.today)
    many = len({place.township for place in found.places}) > 1
    clerk = request.user.duty.has({Role.TOWNSHIP_CLERK})
    held = [place for place in found.places if place.area is not None]
    context = {
        "found": found,
        "gaps": [_gap(place, many) for place in found.gaps[:MOST]],
        "vacant": [_gap(place, many) for place in found.vacant[:MOST]],
        "list": {
            "caption": "责任区",
            "columns": ["地方", "巡访人", {"word": "人数", "num": True}, "从哪天起"],
            "one": True,
            "rows": [_row(place, many) for place in held[:MOST]],
        },
        "more": max(0, len(held) - MOST),
        "more_gaps": max(0, len(found.gaps) - MOST),
        "more_vacant": max(0, len(found.vacant) - MOST),
        "all_gaps": len(found.gaps) + len(found.vacant),
        "assign_url": reverse("visits_schedule:assign") if clerk else "",
    }
    return render(request, "visits/schedule/areas.html", context)


def _gap(place: gaps.Place, many: bool) -> dict[str, Any]:
    where = f"{place.township}{place.name}" if many else place.name
    who = place.area.visitor.name if place.area else ""
    return {"where": where, "people": place.people, "who": who, "then": _then(place)}


def _then(place: gaps.Place) -> str:
    """Who has the place next, as it was planned."""
    ahead = place.ahead
    return f"{day_year(ahead.starts_on)}起归{ahead.visitor.name}" if ahead else ""


def _row(place: gaps.Place, many: bool) -> dict[str, Any]:
    assert place.area is not None
    others = place.people - place.own
    before = place.before
    return {
        "cells": [
            {"text": f"{place.township}{place.name}" if many else place.name},
            {"text": place.area.visitor.name, "note": "已不在任" if place.vacant else ""},
            {
                "text": num(place.people),
                "note": f"自己访{num(place.own)}人，别人访{num(others)}人" if others else "",
            },
            {
                "text": day_year(place.area.starts_on),
                "note": "；".join(
                    part
                    for part in (
                        f"以前是{before.visitor.name}，到{day_year(before.ends_on)}" if before else "",
                        _then(place),
                    )
                    if part
                ),
            },
        ]
    }
