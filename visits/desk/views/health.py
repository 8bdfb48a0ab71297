"""运行情况: is everything that nobody sees at work?"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import rule
from accounts.roles import Role
from visits.templatetags.xf import day, hm
from xunfang.kit import health as kit_health
from xunfang.kit.health import BAD, GOOD, LOOK

WORDS = {GOOD: "正常", LOOK: "要看一下", BAD: "有问题"}


@require_safe
@rule({Role.SYSTEM_ADMIN}, reads="health")
def health(request: HttpRequest) -> HttpResponse:
    """Every part with how it is, what is wrong first. Measured now."""
    now = timezone.now()
    found = sorted(kit_health.findings(now), key=lambda one: (BAD, LOOK, GOOD).index(one.state))
    wrong = [one for one in found if one.state != GOOD]
    context = {
        "title": f"{len(wrong)}处要看" if wrong else "都正常",
        "measured": f"{day(now)} {hm(now)}量的",
        "rows": [{"part": one.part, "state": one.state, "word": WORDS[one.state], "say": one.say, "todo": one.todo}
                 for one in found],
    }  # fmt: skip
    return render(request, "visits/desk/health.html", context)
