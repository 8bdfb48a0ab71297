"""What may be told to the family (practice P33): that somebody was there, and whom to ring. Nothing about health."""

from datetime import date
from typing import Any

from accounts.models import Region
from accounts.roles import WRITES_VISITS
from visits.core.options import option
from visits.desk import links
from visits.desk.reading import Read
from visits.records.models import Mode, Visit
from visits.roster.models import Person
from visits.roster.selectors.duty import duty_phones
from visits.templatetags.xf import tel

OLD = 60
DID = {Mode.HOME: "上门看过", Mode.PHONE: "打电话问过", Mode.VIDEO: "视频看过", Mode.WECHAT: "微信问过"}


def called(person: Person, on: date) -> str:
    """林依妹奶奶, as the village says it; a name alone for whoever is younger."""
    if person.age(on) < OLD:
        return person.name
    return person.name + ("奶奶" if person.sex == Person.Sex.FEMALE else "爷爷")


def office(person: Person, on: date) -> tuple[str, str]:
    """嵩口镇民政办 and its telephone as people dial it; "" when nobody has said it."""
    unit = Region.objects.get(pk=person.township_id)
    return f"{unit.name}民政办", tel(option("office_phone", unit, on))


def words_for(read: Read, user: Any, today: date) -> dict[str, Any] | None:
    """The part of the person's page: a text to copy, or the question. None: not wanted, not to be told, nothing
    to tell yet."""
    person = read.person
    if person.status != Person.Status.LIVE or not user.duty.has(WRITES_VISITS):
        return None
    if person.family_notice == Person.FamilyNotice.UNASKED:
        return {"ask_url": links.to("visits_roster:family_notice", person.uuid)}
    if person.family_notice == Person.FamilyNotice.NO:
        return None
    last = read.visited.newest()
    if last is None:
        return None
    return {"told": {"id": "jiashu", "word": "复制给家属的话", "text": text(person, last, today)}}


def text(person: Person, last: Visit, today: date) -> str:
    """林依妹奶奶：村里11月24日上门看过，一切记在民政档案里，有事请打嵩口镇民政办0591-2248 0123。"""
    when = f"{last.visited_on.month}月{last.visited_on.day}日"
    if last.visited_on.year != today.year:
        when = f"{last.visited_on.year}年{when}"
    name, phone = office(person, today)
    ring = f"{name}{phone}"
    if not phone:
        duty = duty_phones(person.township_id)
        ring = f"{name}，或者{duty[0]['label']}{tel(duty[0]['number'])}" if duty else f"{name}，或者12345"
    return f"{called(person, today)}：村里{when}{DID.get(Mode(last.mode), '去看过')}，一切记在民政档案里，有事请打{ring}。"
