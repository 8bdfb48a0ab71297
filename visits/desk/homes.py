"""The home page of whoever visits: the visitor, the village head, the liaison cadre."""

from datetime import date
from typing import Any

from accounts.models import Region
from accounts.models.region import Level
from accounts.roles import Role
from visits.desk import cards, followed, links
from visits.desk.sentences import at_most_three, due_lines, line, queried, signing_line
from visits.records.models import LineReturn
from visits.records.services.signing import returns_waiting
from visits.roster.models import Discovery, Person
from visits.roster.selectors.discoveries import own_news
from visits.roster.selectors.transitions import townships_of
from visits.schedule.selectors import DuePerson, due_people, state_counts
from visits.templatetags.xf import day, dayshort

CARDS = 24  # full cards; whoever is less urgent follows as one line each (pages stay under 100 kB)
MOST = 60


def village(user: Any, today: date) -> dict[str, Any]:
    """One's own people as cards; who has none but stands for a village sees the village's."""
    people, own, mine = _people(user)
    # Whom another township visits for the village is nobody's to walk to; the duty stays.
    sent = [] if mine else [pk for pk in own if people[pk]]
    out = due_people(user, today, limit=MOST, people=sent) if sent else []
    narrow: dict[str, Any] = {"people": own, "mine": mine} if mine else {"people": own}
    if out:
        narrow |= {"people": [pk for pk in own if not people[pk]], "entrusted": "here"}
    counts, sentences = due_lines(user, today, **narrow)
    back = returns_waiting(user)
    back_line = line("back", f"{len(back)}份被退回", "#tuihui", rest="，请补一句话。") if back else None
    rows = due_people(user, today, limit=MOST, **narrow)
    urgent = [row for row in rows if row.state in cards.URGENT]
    tried = cards.tries(rows)
    again = cards.go_again(rows, tried)
    full = rows[: max(CARDS, min(len(urgent), MOST))]
    total, done = sum(counts.values()), cards.done_people(own, today)
    others = sum(state_counts(user, today, people=[*people]).values()) - total if mine else 0
    return {
        "today": {
            "date_line": f"{day(today)}　{_place(user)}",
            "title": _village_title(user, counts, len(done)),
            "lines": at_most_three(signing_line(user), back_line, _again_line(again, today), *sentences)
            if not back
            else at_most_three(back_line, _again_line(again, today), *sentences, signing_line(user)),
        },
        "calls": cards.calls(user, today, mine, own),
        "groups": cards.by_hamlet(full, user, today, tried),
        "later": [_brief(row, f"{dayshort(row.due_on, today)}前") for row in rows[len(full) :]],
        "out": [_out(row, user) for row in out],
        "again": [
            _brief(row, "今天" if on == today else dayshort(on) + ("，过了" if on < today else ""))
            for on, row in again
        ],
        "more": total - len(rows),
        "due_url": links.to("visits_schedule:due", **queried(narrow)),
        "others": others,
        "all_url": links.to("visits_schedule:due"),
        "done": done[:MOST],
        "done_count": len(done),
        "all_count": total + len(done),
        "returned": [_returned(one) for one in back],
        "told": [_told(one) for one in own_news(user, today)],
        "works": [*_nobody(user, today, [*people]), *followed.works(user, today)],
    }


def _people(user: Any) -> tuple[dict[int, bool], list[int], int | None]:
    """Everybody the reader sees: person id → whether another township than theirs visits them; the ids of those whom the
    page is about; and whose people those are (None: everybody's)."""
    rows = list(
        Person.objects.visible_to(user)
        .on_roster()
        .order_by()
        .values_list("pk", "assignee_id", "entrusted_to_id")
    )
    # Of a visitor everybody they may see is their own, people shared by name included.
    whole = user.duty.roles == {Role.VISITOR} or all(visitor != user.pk for _, visitor, _ in rows)
    here = {None, *townships_of(user)}
    people = {pk: there not in here for pk, _, there in rows}
    return (
        people,
        [pk for pk, visitor, _ in rows if whole or visitor == user.pk],
        None if whole else user.pk,
    )


def _again_line(again: list[tuple[date, DuePerson]], today: date) -> dict[str, str] | None:
    """Whom one wanted to see again by today."""
    n = sum(on <= today for on, _ in again)
    return line("soon", f"{n}人约好今天再去", "#zaiqu", rest="。", icon="tried") if n else None


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


def _brief(row: DuePerson, said: str) -> dict[str, str]:
    """A person as one line."""
    return {"name": row.person.name, "url": links.to("visits_desk:person", row.person.uuid), "said": said}


def _out(row: DuePerson, user: Any) -> dict[str, str]:
    return _brief(row, row.elsewhere.said(user) if row.elsewhere else "已委托别处探访")


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
