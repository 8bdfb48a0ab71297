"""One person's page in the shape the components draw."""

from datetime import date
from typing import Any

from django.db.models import Q

from accounts.models import Post
from accounts.roles import COUNTY, ROLES, TOWNSHIP, WRITES_VISITS, Role
from visits.desk import family, file_page, gone, links, multiples, whereabouts
from visits.desk.reading import Read
from visits.followup import panels
from visits.followup.services.hearing import may_note
from visits.records.selectors.household import others_due
from visits.records.selectors.visiting import attempts_since
from visits.records.trying import COUNTED
from visits.roster.models import Person
from visits.roster.selectors.labels import labels_from
from visits.schedule import rows as due_rows
from visits.schedule import selectors as due
from visits.schedule.models import DueItem
from visits.templatetags.xf import day, dayshort
from xunfang.kit.prepared import Prepared

OFTEN = {"homef", "tried", "gone"}  # what a cadre does at the door; the others are folded on a phone


# Its states are reckoned from the day: the day is part of the statement.
_TO_DO = Prepared[DueItem](
    lambda today, *, person: due.with_last(
        DueItem.objects.filter(person_id=person).to_do(today).with_state(today).order_by("due_on", "pk")
    )[:1]
)
_DONE = Prepared[tuple](
    lambda *, person, on: (
        DueItem.objects.filter(person_id=person, done_on__isnull=False, closes_on__gte=on)
        .counting()
        .order_by("-done_on")
        .values_list("done_on", "done_via")[:1]
    )
)


def head(read: Read, user: Any, today: date) -> dict[str, Any]:
    """The card on top: how the next visit stands and why it is owed, who this is."""
    person = read.person
    items = _TO_DO.all(today, person=person.pk)
    row = next(iter(due.drawn(items, today, user)), None) if items else None
    groups = row.groups if row else list(read.labels.words)
    made = attempts_since(person, row.item.tries_from) if row and read.there.attempts else ()
    tried = [one for one in made if one.outcome in COUNTED]
    keys = any(member.group.tier == "key" and member.ends_on is None for member in read.memberships)
    return {
        "band": _band(read, row, today),
        "why": due_rows.why(row) if row else [],
        "clause": row.clause if row else "",
        "tags": groups + (["重点"] if keys else []) + (["独居"] if person.lives_alone else []),
        "age": f"{person.get_sex_display()} {person.age(today)}岁",
        "tried": f"没见到{len(tried)}次（{'、'.join(dayshort(one.tried_on) for one in tried[-3:])}）"
        if tried
        else "",
        "asked": whereabouts.tried(read, row, user),
        "first": bool(row and row.item.first and row.last_on is None),
        "draft": read.there.draft,
    }


def _band(read: Read, row: due.DuePerson | None, today: date) -> dict[str, str]:
    person, away = read.person, read.absence
    if person.status != Person.Status.LIVE:
        return {
            "state": "idle",
            "word": person.get_status_display(),
            "text": gone.when(person, today),
            "left": "不再要访",
        }
    if away is not None and away.suspends:
        again = f"{day(away.review_on, today)}再核" if away.review_on else ""
        return {"state": "idle", "word": "暂缓巡访", "text": again, "left": ""}
    if row is not None:
        return due_rows.chip(row)
    tried = DueItem.objects.filter(person=person, stored=DueItem.Stored.EXCUSED, closes_on__gte=today)
    if read.there.excused and tried.exists():
        return {"state": "tried", "word": "未访成", "text": "已按规定尝试", "left": ""}
    item = _DONE.first(person=person.pk, on=today)
    if item is not None:
        last, via = item
        newest = read.visited.newest()
        if newest is not None and newest.visited_on <= last:
            newest = None
        on = newest.visited_on if newest else last
        word = "线下已访" if via and via != DueItem.Via.ENTRUSTED and newest is None else "这一期访过了"
        return {"state": "done", "word": word, "text": f"{day(on, today)}访的", "left": ""}
    return {"state": "idle", "word": "现在不用访", "text": "", "left": ""}


def actions(
    read: Read, user: Any, facts: dict[str, Any], today: date, *, shared: bool = True
) -> dict[str, Any]:
    """Buttons by role: one filled, the others beside it, the rarer ones folded. `shared`: others live under the same
    roof whose files the reader may open."""
    person, duty = read.person, user.duty
    live = person.status == Person.Status.LIVE
    writes = live and (duty.has(WRITES_VISITS) or person.assignee_id == user.pk)
    clerk = duty.role_for(person, {Role.TOWNSHIP_CLERK}) is not None
    word = "接着写" if facts["draft"] else "代录巡访" if clerk else "去首访" if facts["first"] else "去巡访"
    rest = []
    if writes and shared and others_due(person, user, today):
        rest.append(("homef", "一户一起访", links.to("visits_records:household_visit", person.uuid)))
    if writes:
        rest.append(("tried", "没见到", links.to("visits_records:attempt_new", person.uuid)))
        rest.append(("pencil", "改资料", links.to("visits_roster:person_edit", person.uuid)))
    if live and duty.has(WRITES_VISITS) and read.absence is None:
        rest.append(("house", "不在家", links.to("visits_roster:absence_new", person.uuid)))
    if may_note(person, user) and person.status in (Person.Status.LIVE, Person.Status.DEAD):
        rest.append(("flag", "登记变化", links.to("visits_followup:change_new", person.uuid)))
    if live and duty.role_for(person, TOWNSHIP | COUNTY) is not None:
        rest.append(("minus", "建议调整救助", links.to("visits_followup:ending_new", person.uuid)))
    if clerk and live:
        rest.append(("list", "加一类", links.to("visits_roster:membership_new", person.uuid)))
        if person.entrusted_to_id is None:
            rest.append(("send", "委托", links.to("visits_roster:entrust", person.uuid)))
            rest.append(("swap", "移交", links.to("visits_roster:transfer", person.uuid)))
        rest.append(("people", "请人协办", links.to("visits_roster:share", person.uuid)))
    if writes:  # practice P8: one action, also on the phone
        rest.append(("gone", "去世或迁出", links.to("visits_roster:departure", person.uuid)))
    if clerk or duty.has(COUNTY):
        rest.append(("clock", "谁改过", links.to("visits_roster:changes", person.uuid)))
    buttons = [{"icon": icon, "word": label, "url": url} for icon, label, url in rest if url]
    often = [one for one in buttons if one["icon"] in OFTEN]
    return {
        "visit": {"word": word, "url": links.to("visits_records:visit_new", person.uuid)} if writes else None,
        "rest": buttons,
        "often": often,
        "seldom": [one for one in buttons if one not in often],
    }


def place(read: Read) -> dict[str, str]:
    """Names of the units, by level."""
    person = read.person
    ids = {person.county_id: "county", person.township_id: "township", person.village_id: "village"}
    return {ids[unit.pk]: unit.name for unit in read.units}


# Where somebody may visit the person from: their village, its township, and the township they are entrusted to.
_POST = Prepared[Post](
    lambda entrusted, *, user, on, village, township: (
        Post.objects.live(on)
        .filter(
            Q(region_id__in=[village, township, entrusted])
            | Q(region__parent_id=entrusted, region__parent__isnull=False),
            user_id=user,
            role__in=WRITES_VISITS,
        )
        .order_by("pk")[:1]
    )
)


def assignee_words(person: Person, today: date) -> str:
    """林建忠（村委会委员），or that nobody is named yet."""
    if person.assignee is None:
        return "未落实"
    post = _POST.first(
        person.entrusted_to_id,
        user=person.assignee_id,
        on=today,
        village=person.village_id,
        township=person.township_id,
    )
    if post is None or not person.assignee.is_active:
        return f"未落实（{person.assignee.name}已不在任）"
    return f"{person.assignee.name}（{post.title or ROLES[Role(post.role)].label}）"


_MEMBERS = Prepared[Person](
    lambda reader, *, household: (
        Person.objects.visible_to(reader).filter(household_id=household, merged_into=None).order_by("pk")
    )
)


def household(read: Read, user: Any, today: date) -> list[dict[str, str]]:
    """Members of the same household whose files the reader may open."""
    person = read.person
    if person.household_id is None:
        return []
    members = _MEMBERS.all(read.reader, household=person.household_id)
    rows = [row for row in members if row.pk != person.pk]
    groups = {
        row.pk: labels_from([one for one in read.of_household if one.person_id == row.pk], today).words
        for row in rows
    }
    return [
        {
            "name": row.name,
            "url": links.to("visits_desk:person", row.uuid),
            "relation": row.relation,
            "about": f"{row.get_sex_display()} {row.age(today)}岁",
            "groups": "、".join(groups[row.pk])
            or (row.get_status_display() if row.status != Person.Status.LIVE else "不在名单"),
        }
        for row in rows
    ]


def facts_live(person: Person, user: Any) -> bool:
    """Whether the 巡访联系卡 is offered: to whoever visits or keeps the file of somebody on the list."""
    return person.status == Person.Status.LIVE and user.duty.has(WRITES_VISITS)


def context(read: Read, user: Any, today: date) -> dict[str, Any]:
    """Everything but the timeline."""
    person, there = read.person, read.there
    facts, names = head(read, user, today), place(read)
    members = household(read, user, today)
    return {
        "person": person,
        "gone": gone.card(person, user, today),
        "merged": gone.merged(read, user, today),
        "entrusted": whereabouts.entrusted(read, user, today),
        "away": whereabouts.card(read, user, today) if person.status == Person.Status.LIVE else None,
        "head": facts,
        "actions": actions(read, user, facts, today, shared=bool(members)),
        "place": names,
        "assignee": assignee_words(person, today),
        "contact": person.contact_relation + person.contact_name,
        "minds": [part for part in person.mind.replace(";", "；").split("；") if part.strip()],
        "household": members,
        "multiples": multiples.look(person, today, newest=read.visited),
        "family": family.words_for(read, user, today),
        "card_url": links.to("visits_desk:contact_card", person.uuid) if facts_live(person, user) else "",
        "file": file_page.read(read, user, today),
        "followed": panels.of_person(
            person,
            user,
            today,
            noted=there.findings,
            planned=there.plans,
            needy=there.needs,
            cased=there.cases,
        ),
        "crumbs": [(names.get("township", ""), ""), (names.get("village", ""), "")]
        + ([(person.hamlet, "")] if person.hamlet else []),
        "list_url": links.to("visits_roster:people"),
    }
