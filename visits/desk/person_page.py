"""One person's page in the shape the components draw."""

from datetime import date
from typing import Any

from django.db.models import Q

from accounts.models import Post, Region
from accounts.roles import COUNTY, ROLES, WRITES_VISITS, Role
from visits.desk import family, file_page, gone, links, multiples, whereabouts
from visits.followup import panels
from visits.records.models import Draft, Visit
from visits.records.selectors.household import others_due
from visits.records.selectors.visiting import attempts_since
from visits.roster.models import Person
from visits.roster.selectors.duty import duty_phones
from visits.roster.services.absences import open_of
from visits.schedule import rows as due_rows
from visits.schedule import selectors as due
from visits.schedule.models import DueItem
from visits.schedule.services import groups_in_words
from visits.templatetags.xf import day, dayshort

OFTEN = {"homef", "tried", "gone"}  # what a cadre does at the door; the others are folded on a phone


def head(person: Person, user: Any, today: date) -> dict[str, Any]:
    """The card on top: how the next visit stands and why it is owed, who this is."""
    items = DueItem.objects.filter(person=person).to_do(today).with_state(today).order_by("due_on", "pk")
    row = next(iter(due.cards(items[:1], today, user)), None)
    groups = row.groups if row else groups_in_words([person.pk], today, user).get(person.pk, [])
    tried = list(attempts_since(person, row.item.opens_on)) if row else []
    keys = person.memberships.filter(group__tier="key", voided_at=None, ends_on=None).exists()
    return {
        "band": _band(person, row, today),
        "why": due_rows.why(row) if row else [],
        "clause": row.clause if row else "",
        "tags": groups + (["重点"] if keys else []) + (["独居"] if person.lives_alone else []),
        "age": f"{person.get_sex_display()} {person.age(today)}岁",
        "tried": f"没见到{len(tried)}次（{'、'.join(dayshort(one.tried_on) for one in tried[-3:])}）"
        if tried
        else "",
        "asked": whereabouts.tried(person, row, user),
        "first": bool(row and row.item.first and row.last_on is None),
        "draft": Draft.objects.filter(person=person, author=user, together=False).exists(),
    }


def _band(person: Person, row: due.DuePerson | None, today: date) -> dict[str, str]:
    if person.status != Person.Status.LIVE:
        return {
            "state": "idle",
            "word": person.get_status_display(),
            "text": gone.when(person, today),
            "left": "不再要访",
        }
    away = open_of(person)
    if away is not None and away.suspends:
        again = f"{day(away.review_on, today)}再核" if away.review_on else ""
        return {"state": "idle", "word": "暂缓巡访", "text": again, "left": ""}
    if row is not None:
        return due_rows.chip(row)
    tried = DueItem.objects.filter(person=person, stored=DueItem.Stored.EXCUSED, closes_on__gte=today)
    if tried.exists():
        return {"state": "tried", "word": "未访成", "text": "已按规定尝试", "left": ""}
    done = DueItem.objects.filter(person=person, done_on__isnull=False, closes_on__gte=today).counting()
    item = done.order_by("-done_on").values_list("done_on", "done_via").first()
    if item is not None:
        last, via = item
        newest = (
            Visit.objects.valid()
            .of_files([person.pk])
            .filter(visited_on__gt=last)
            .order_by("-visited_on")
            .first()
        )
        on = newest.visited_on if newest else last
        word = "线下已访" if via and via != DueItem.Via.ENTRUSTED and newest is None else "这一期访过了"
        return {"state": "done", "word": word, "text": f"{day(on, today)}访的", "left": ""}
    return {"state": "idle", "word": "现在不用访", "text": "", "left": ""}


def actions(person: Person, user: Any, facts: dict[str, Any], today: date) -> dict[str, Any]:
    """Buttons by role: one filled, the others beside it, the rarer ones folded."""
    duty = user.duty
    live = person.status == Person.Status.LIVE
    writes = live and (duty.has(WRITES_VISITS) or person.assignee_id == user.pk)
    clerk = duty.role_for(person, {Role.TOWNSHIP_CLERK}) is not None
    word = "接着写" if facts["draft"] else "代录巡访" if clerk else "去首访" if facts["first"] else "去巡访"
    rest = []
    if writes and others_due(person, user, today):
        rest.append(("homef", "一户一起访", links.to("visits_records:household_visit", person.uuid)))
    if writes:
        rest.append(("tried", "没见到", links.to("visits_records:attempt_new", person.uuid)))
        rest.append(("pencil", "改资料", links.to("visits_roster:person_edit", person.uuid)))
    if live and duty.has(WRITES_VISITS) and not person.absences.filter(ends_on=None, voided_at=None).exists():
        rest.append(("house", "不在家", links.to("visits_roster:absence_new", person.uuid)))
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


def place(person: Person) -> dict[str, str]:
    """Names of the units, by level."""
    ids = {person.county_id: "county", person.township_id: "township", person.village_id: "village"}
    return {ids[pk]: name for pk, name in Region.objects.filter(pk__in=ids).values_list("pk", "name")}


def assignee_words(person: Person, today: date) -> str:
    """林建忠（村委会委员），or that nobody is named yet."""
    if person.assignee is None:
        return "未落实"
    post = (
        Post.objects.live(today)
        .filter(
            Q(region_id__in=[person.village_id, person.township_id, person.entrusted_to_id])
            | Q(region__parent_id=person.entrusted_to_id, region__parent__isnull=False),
            user_id=person.assignee_id,
            role__in=WRITES_VISITS,
        )
        .first()
    )
    if post is None or not person.assignee.is_active:
        return f"未落实（{person.assignee.name}已不在任）"
    return f"{person.assignee.name}（{post.title or ROLES[Role(post.role)].label}）"


def household(person: Person, user: Any, today: date) -> list[dict[str, str]]:
    """Members of the same household whose files the reader may open."""
    if person.household_id is None:
        return []
    members = (
        Person.objects.visible_to(user)
        .filter(household_id=person.household_id, merged_into=None)
        .exclude(pk=person.pk)
        .order_by("pk")
    )
    rows = list(members)
    groups = groups_in_words([row.pk for row in rows], today, user)
    return [
        {
            "name": row.name,
            "url": links.to("visits_desk:person", row.uuid),
            "relation": row.relation,
            "about": f"{row.get_sex_display()} {row.age(today)}岁",
            "groups": "、".join(groups.get(row.pk, []))
            or (row.get_status_display() if row.status != Person.Status.LIVE else "不在名单"),
        }
        for row in rows
    ]


def facts_live(person: Person, user: Any) -> bool:
    """Whether the 巡访联系卡 is offered: to whoever visits or keeps the file of somebody on the list."""
    return person.status == Person.Status.LIVE and user.duty.has(WRITES_VISITS)


def context(person: Person, user: Any, today: date) -> dict[str, Any]:
    """Everything but the timeline."""
    facts = head(person, user, today)
    names = place(person)
    return {
        "person": person,
        "gone": gone.card(person, user, today),
        "merged": gone.merged(person, user, today),
        "entrusted": whereabouts.entrusted(person, user, today),
        "away": whereabouts.card(person, user, today) if person.status == Person.Status.LIVE else None,
        "head": facts,
        "actions": actions(person, user, facts, today),
        "place": names,
        "assignee": assignee_words(person, today),
        "contact": person.contact_relation + person.contact_name,
        "minds": [part for part in person.mind.replace(";", "；").split("；") if part.strip()],
        "household": household(person, user, today),
        "duty": duty_phones(person.township_id, person.county_id),
        "multiples": multiples.look(person, today),
        "family": family.words_for(person, user, today),
        "card_url": links.to("visits_desk:contact_card", person.uuid) if facts_live(person, user) else "",
        "file": file_page.read(person, user, today),
        "followed": panels.of_person(person, user, today),
        "crumbs": [(names.get("township", ""), ""), (names.get("village", ""), "")]
        + ([(person.hamlet, "")] if person.hamlet else []),
        "list_url": links.to("visits_roster:people"),
    }
