"""The home page of whoever visits: the visitor, the village head, the liaison cadre."""

from datetime import date
from typing import Any

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import Role
from visits.desk import cards, followed, links
from visits.desk.sentences import at_most_three, due_lines, line, signing_line
from visits.records.models import LineReturn
from visits.records.services.signing import returns_waiting
from visits.roster.models import Discovery, Person
from visits.roster.selectors.discoveries import own_news
from visits.schedule.selectors import due_people, state_counts
from visits.templatetags.xf import day, dayshort

CARDS = 24  # full cards; whoever is less urgent follows as one line each (pages stay under 100 kB)
MOST = 60


def village(user: Any, today: date) -> dict[str, Any]:
    """One's own people as cards; who has none but stands for a village sees the village's."""
    people = dict(Person.objects.visible_to(user).on_roster().order_by().values_list("pk", "assignee_id"))
    mine = user.pk if user.pk in people.values() else None
    if user.duty.roles == {Role.VISITOR}:
        mine = None  # everybody one may see is one's own, people shared by name included
    own = [pk for pk, visitor in people.items() if mine in (None, visitor)]
    narrow = {"people": own} | ({"mine": mine} if mine else {})
    counts, sentences = due_lines(user, today, **narrow)
    back = returns_waiting(user)
    back_line = line("back", f"{len(back)}份被退回", "#tuihui", rest="，请补一句话。") if back else None
    rows = due_people(user, today, limit=MOST, **narrow)
    urgent = [row for row in rows if row.state in cards.URGENT]
    full = rows[: max(CARDS, min(len(urgent), MOST))]
    total, done = sum(counts.values()), cards.done_people(own, today)
    others = sum(state_counts(user, today, people=[*people]).values()) - total if mine else 0
    return {
        "today": {
            "date_line": f"{day(today)}　{_place(user)}",
            "title": _village_title(user, counts, len(done)),
            "lines": at_most_three(signing_line(user), back_line, *sentences)
            if not back
            else at_most_three(back_line, *sentences, signing_line(user)),
        },
        "calls": cards.calls(user, today, mine, own),
        "groups": cards.by_hamlet(full, user, today),
        "later": [
            {
                "name": row.person.name,
                "url": links.to("visits_desk:person", row.person.uuid),
                "said": f"{dayshort(row.due_on)}前",
            }
            for row in rows[len(full) :]
        ],
        "more": total - len(rows),
        "due_url": links.to("visits_schedule:due", **({"assignee": mine} if mine else {})),
        "others": others,
        "all_url": links.to("visits_schedule:due"),
        "done": done[:MOST],
        "done_count": len(done),
        "all_count": total + len(done),
        "returned": [_returned(one) for one in back],
        "told": [_told(one) for one in own_news(user, today)],
        "works": [*_nobody(user, today, [*people]), *followed.works(user, today)],
    }


def _nobody(user: Any, today: date, people: list[int]) -> list[dict[str, str]]:
    """未落实巡访人员 of the village, for whoever stands for it."""
    if user.duty.roles == {Role.VISITOR}:
        return []
    n = Person.objects.filter(pk__in=people).without_visitor(today).count()
    url = links.to("visits_roster:people", assignee="none")
    return (
        [{"icon": "people", "name": "未落实巡访人员", "say": f"名单上{n}人还没定由谁去访", "url": url}]
        if n
        else []
    )


def _told(one: Discovery) -> dict[str, str]:
    """What became of somebody one told of."""
    after = f"：{one.answer}" if one.answer else ""
    return {
        "name": one.name,
        "said": f"{one.get_state_display()}{after}",
        "url": links.to("visits_roster:discovery", one.uuid),
    }


def _returned(one: LineReturn) -> dict[str, str]:
    visit = one.line.visit
    return {
        "name": visit.person.name,
        "reason": one.reason,
        "by": f"{one.by_title}，{dayshort(one.at)}",
        "url": links.to("visits_records:visit_answer", visit.uuid),
    }


def _place(user: Any) -> str:
    """嵩口镇月洲村: where the posts are, in words."""
    main = user.duty.main
    if main.level != Level.VILLAGE:
        return main.region_name
    township = Region.objects.filter(pk=main.township_id).values_list("name", flat=True).first() or ""
    more = len({post.region_id for post in user.duty.posts}) - 1
    return f"{township}{main.region_name}" + (f"等{more + 1}个单位" if more else "")


def _village_title(user: Any, counts: dict[str, int], done: int) -> str:
    first = counts["late"] + counts["soon"]
    if first:
        return f"{user.name}，今天先看{first}个人"
    if counts["idle"]:
        return f"{user.name}，这几天没有到期的，还有{counts['idle']}个人要访"
    return f"{user.name}，这一期都访过了" if done else f"{user.name}，现在没有要访的人"
