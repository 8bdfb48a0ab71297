"""并档: two files become one and two again; every row of both comes back as it was."""

import random
import uuid
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import get_perms

from accounts.models import LogEntry
from tests.cast import make_person, signed_in
from tests.visits.desk import world
from tests.visits.roster.test_races import both
from tests.world import evening
from tests.world import visit as visited
from visits.desk import reading, timeline
from visits.desk import selectors as figures
from visits.records.models import Draft, Fulfilment, Visit
from visits.records.services import void
from visits.roster import search, services
from visits.roster.models import (
    Benefit,
    DisabilityCertificate,
    DistinctPair,
    Grant,
    Household,
    Membership,
    Merge,
    Person,
    Relative,
    Review,
)
from visits.roster.selectors.reader import reader_of
from visits.roster.services import CannotChange
from visits.roster.services.merging import PARTS, pair_of
from visits.schedule import services as schedule
from visits.schedule.models import DueItem
from visits.schedule.periods import Quarter

TODAY = date(2026, 11, 24)
AT = timezone.make_aware(datetime(2026, 11, 24, 9, 12))
TABLES = (Membership, Relative, Benefit, DisabilityCertificate, Review, Grant, DueItem, Draft)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(AT, tick=False)


def filed(cast, **values) -> Person:
    person = make_person(cast, **values)
    Person.objects.filter(pk=person.pk).update(created_at=evening(date(2024, 1, 1)))
    return Person.objects.get(pk=person.pk)


def merge(cast, kept, merged, take=(), by=None, reason="换过证件") -> Merge:
    return services.merge(
        kept_id=kept.pk, merged_id=merged.pk, take=take, reason=reason, by=by or cast.township_clerk, at=AT
    )


def unmerge(cast, done, by=None) -> Merge:
    return services.unmerge(merge_id=done.pk, by=by or cast.township_clerk, at=AT)


def world_of(*people) -> dict[str, object]:
    """Every row that belongs to these files, but versions: ids decrypted, order fixed."""
    ids = [person.pk for person in people]
    rows = {}
    for person in Person.objects.filter(pk__in=ids).order_by("pk"):
        plain = {f.attname: getattr(person, f.attname) for f in Person._meta.concrete_fields}
        plain.pop("version")
        rows[f"person {person.pk}"] = {
            k: bytes(v) if isinstance(v, memoryview) else v for k, v in plain.items()
        }
    for model in TABLES:
        rows[model.__name__] = list(model.objects.filter(person_id__in=ids).order_by("pk").values())
    rows["fulfilments"] = list(Fulfilment.objects.filter(visit__person_id__in=ids).order_by("pk").values())
    rows["visits"] = list(Visit.objects.filter(person_id__in=ids).order_by("pk").values("pk", "person_id"))
    rows["perms"] = [sorted(get_perms(g.to, p)) for p in people for g in Grant.objects.order_by("pk")]
    return rows


def random_file(cast, dice, name="林依妹") -> Person:
    """A file with something of everything, by the dice."""
    village = dice.choice([cast.village, cast.village, cast.other_village])
    person = filed(
        cast,
        name=dice.choice([name, "林依妺"]),
        birth=date(1943, dice.randint(1, 9), 6),
        village=village,
        groups=(),
        phone=dice.choice(["", "13800004471", "13900004471"]),
        hamlet=dice.choice(["", "上洋"]),
        mind=dice.choice(["", "耳背"]),
        lives_alone=dice.random() < 0.5,
        corrected=dice.choice([[], ["phone"], ["phone", "hamlet"]]),
    )
    if dice.random() < 0.3:
        Person.objects.filter(pk=person.pk).update(
            id_number=None, id_index=None, id_tail=None, tail_index=None, temporary_no=f"永泰临-{person.pk}"
        )
    if dice.random() < 0.3:
        Person.objects.filter(pk=person.pk).update(assignee=cast.village_head)
    for code in dice.sample(["dibao", "tekun", "old_alone"], dice.randint(1, 2)):
        start = date(2024, dice.randint(1, 12), 1)
        Membership.objects.create(person=person, group_id=code, starts_on=start)
        if dice.random() < 0.3:
            Membership.objects.create(
                person=person, group_id=code, starts_on=date(2023, 1, 1), ends_on=date(2023, 6, 30)
            )
    common = {"person": person, "created_at": AT, "created_by": cast.township_clerk}
    if dice.random() < 0.6:
        Relative.objects.create(kind="child", name="林小明", **common)
    if dice.random() < 0.6:
        Benefit.objects.create(kind="dibao", starts_on=date(2024, 1, 1), **common)
    if dice.random() < 0.6:
        DisabilityCertificate.objects.create(kind=4, grade=2, **common)
    if dice.random() < 0.6:
        Review.objects.create(person=person, kind="turns_80", ref="2026", due_on=TODAY, opened_at=AT)
    if dice.random() < 0.5:
        services.share(
            person_id=person.pk, to_id=cast.neighbour.pk, reason="一起上门", until=TODAY + timedelta(days=9),
            by=cast.township_clerk, at=AT,
        )  # fmt: skip
    if dice.random() < 0.5:
        Draft.objects.create(author=cast.visitor, person=person, saved_at=AT, body={"remark": ["写到一半"]})
    return Person.objects.get(pk=person.pk)


@pytest.mark.parametrize("seed", range(24))
def test_merge_and_undo_give_back_every_row_of_both_files(cast, seed) -> None:
    dice = random.Random(seed)
    kept, merged = random_file(cast, dice), random_file(cast, dice)
    schedule.generate(on=date(2026, 7, 1))
    schedule.generate(on=TODAY)
    for person in (kept, merged):
        if dice.random() < 0.6:
            visited(
                person,
                cast.township_clerk,
                dice.choice([date(2026, 8, 9), date(2026, 10, 9), date(2026, 11, 9)]),
            )
    cast.refresh()
    take = [code for code in PARTS if dice.random() < 0.5]
    before = world_of(kept, merged)
    done = merge(cast, kept, merged, take)
    assert world_of(kept, merged) != before
    assert Person.objects.get(pk=merged.pk).merged_into_id == kept.pk
    unmerge(cast, done)
    after = world_of(kept, merged)
    assert {key: after[key] for key in after if after[key] != before[key]} == {}


# ── what a merge does ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def pair(cast) -> tuple[Person, Person]:
    kept = filed(cast, phone="13800004471")
    merged = filed(cast, groups=("tekun",), phone="13900004471", mind="耳背")
    schedule.generate(on=TODAY)
    return kept, merged


def test_chosen_values_are_exchanged_and_the_rest_stays(cast, pair) -> None:
    kept, merged = pair
    merge(cast, kept, merged, ["phone", "id"])
    now = Person.objects.get(pk=kept.pk)
    assert (now.phone, now.mind, now.id_number) == ("13900004471", "", merged.id_number)
    assert Person.objects.get(pk=merged.pk).id_number == kept.id_number
    assert LogEntry.objects.get(action="files_merged").detail == {"other": str(merged.uuid)}
    assert kept.id_number not in str(Merge.objects.get().made)


def test_groups_family_and_benefits_stand_on_the_kept_file_with_their_dates(cast, pair) -> None:
    kept, merged = pair
    common = {"person": merged, "created_at": AT, "created_by": cast.township_clerk}
    Relative.objects.create(kind="child", name="林小明", **common)
    Benefit.objects.create(kind="care", starts_on=date(2025, 3, 1), **common)
    merge(cast, kept, merged)
    assert set(kept.memberships.values_list("group_id", "starts_on")) == {
        ("dibao", date(2020, 1, 1)),
        ("tekun", date(2020, 1, 1)),
    }
    assert kept.relatives.get().name == "林小明"
    assert kept.benefits.get().starts_on == date(2025, 3, 1)


def test_two_files_in_one_group_are_in_it_once_since_the_earlier_day(cast) -> None:
    kept = filed(cast, starts_on=date(2026, 3, 1))
    merged = filed(cast, starts_on=date(2025, 1, 1))
    merge(cast, kept, merged)
    spans = list(kept.memberships.order_by("starts_on").values_list("starts_on", "ends_on"))
    assert spans == [(date(2025, 1, 1), date(2026, 2, 28)), (date(2026, 3, 1), None)]


def test_what_is_owed_is_owed_once_and_either_visit_has_done_it(cast) -> None:
    kept, merged = filed(cast), filed(cast)
    schedule.generate(on=TODAY)
    units = {4: {cast.village.pk}}
    owed = DueItem.objects.get(person=merged, period_start=date(2026, 10, 1))
    made = world.visit(merged, date(2026, 11, 2), cast.visitor, items=[owed])
    assert figures.figures(units, Quarter(2026, 4), TODAY).due == 2
    done = merge(cast, kept, merged)
    counted = figures.figures(units, Quarter(2026, 4), TODAY)
    assert (counted.due, counted.done) == (1, 1)
    assert not DueItem.objects.to_do(TODAY).filter(person__in=[kept, merged]).exists()
    # Voided, the visit leaves the kept file's item open again.
    void(visit_id=made.pk, reason="填错了人", by=cast.visitor, at=AT)
    (open_,) = DueItem.objects.to_do(TODAY).filter(person__in=[kept, merged])
    assert open_.person_id == kept.pk
    unmerge(cast, done)
    assert DueItem.objects.to_do(TODAY).filter(person__in=[kept, merged]).count() == 2


def test_a_signed_visit_of_the_old_number_counts_as_signed(cast) -> None:
    kept, merged = filed(cast), filed(cast)
    schedule.generate(on=TODAY)
    owed = DueItem.objects.get(person=merged, period_start=date(2026, 10, 1))
    made = world.visit(merged, date(2026, 11, 2), cast.visitor, items=[owed])
    table = world.sheet(cast.village, Quarter(2026, 4), 1, "signed", cast.county_officer)
    world.line(table, made, 1)
    merge(cast, kept, merged)
    assert figures.figures({4: {cast.village.pk}}, Quarter(2026, 4), TODAY).signed == 1


def test_a_visit_after_the_merge_survives_an_undo(cast, pair) -> None:
    kept, merged = pair
    done = merge(cast, kept, merged)
    owed = DueItem.objects.to_do(TODAY).filter(person=kept).first()
    world.visit(kept, date(2026, 11, 20), cast.visitor, items=[owed])
    unmerge(cast, done)
    assert DueItem.objects.get(fulfilment__visit__person=kept).done_on == date(2026, 11, 20)


def test_visits_of_both_stand_in_one_timeline_and_drafts_follow(cast, pair) -> None:
    kept, merged = pair
    world.visit(merged, date(2026, 8, 2), cast.visitor, remark="旧号的一次")
    world.visit(kept, date(2026, 10, 2), cast.visitor, remark="新号的一次")
    Draft.objects.create(author=cast.visitor, person=merged, saved_at=AT)
    merge(cast, kept, merged)
    days, _ = timeline.days_of(
        reading.read(kept, reader_of(cast.visitor), cast.visitor, TODAY), cast.visitor, TODAY, None
    )
    assert "旧号的一次" in str(days)
    assert "新号的一次" in str(days)
    assert Draft.objects.get().person == kept
    page = signed_in(cast.visitor).get(reverse("visits_desk:person", args=[kept.uuid])).content.decode()
    assert "接着写" in page
    assert "2次" in page


def test_both_numbers_lead_to_the_kept_file(cast, pair) -> None:
    kept, merged = pair
    merge(cast, kept, merged)
    people = Person.objects.visible_to(cast.township_clerk).filter(merged_into=None)
    for number in (kept.file_no, merged.file_no):
        assert list(search.narrow(people, number)) == [kept]
    client = signed_in(cast.township_clerk)
    answer = client.get(reverse("visits_desk:person", args=[merged.uuid]))
    assert answer.url == reverse("visits_desk:person", args=[kept.uuid])


def test_the_old_visits_open_for_whoever_visits_the_kept_file(cast) -> None:
    kept, merged = filed(cast), filed(cast, assignee=cast.nobody)
    merge(cast, kept, merged)
    merged.refresh_from_db()
    assert merged.assignee == cast.visitor
    schedule.assign(person_ids=[kept.pk], to_id=cast.village_head.pk, by=cast.township_clerk, at=AT)
    merged.refresh_from_db()
    assert merged.assignee == cast.village_head


def test_a_dead_file_taken_into_a_live_one_makes_it_dead_and_back(cast, pair) -> None:
    kept, merged = pair
    services.mark_left(person_id=merged.pk, status="dead", on=date(2026, 11, 2), by=cast.visitor, at=AT)
    done = merge(cast, kept, merged, ["status"])
    kept.refresh_from_db()
    assert (kept.status, kept.left_on) == ("dead", date(2026, 11, 2))
    assert kept.departures.get(undone_at=None).noted_by == cast.visitor
    unmerge(cast, done)
    kept.refresh_from_db()
    assert kept.status == "live"
    assert Person.objects.get(pk=merged.pk).departures.count() == 1


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


def test_a_file_of_another_place_is_refused_with_whom_to_ask(cast, pair) -> None:
    kept, _ = pair
    near = filed(cast, name="绝不能看见", village=cast.other_township.children.order_by("position").first())
    far = filed(cast, name="绝不能看见", village=cast.other_county_village)
    for other, office in ((near, f"{cast.other_township.name}民政办"), (far, "鼓楼区民政局")):
        with pytest.raises(CannotChange, match=office) as caught:
            merge(cast, kept, other)
        assert "绝不能看见" not in str(caught.value)
        with pytest.raises(CannotChange, match=office) as found:
            pair_of(one=kept.file_no, other=other.file_no, by=cast.township_clerk)
        assert found.value.field == "other"
    assert not Merge.objects.exists()


def test_chains_and_second_merges_are_refused_and_undone_from_the_last(cast, pair) -> None:
    kept, merged = pair
    third, fourth = filed(cast), filed(cast)
    first = merge(cast, kept, merged)
    with pytest.raises(CannotChange, match="刚才已经并过了"):
        merge(cast, third, merged)
    with pytest.raises(CannotChange, match="刚才已经并过了"):
        merge(cast, merged, third)
    with pytest.raises(CannotChange, match="已经并进过别的档案"):
        merge(cast, third, kept)
    second = merge(cast, kept, fourth)
    with pytest.raises(CannotChange, match="从最后一次开始"):
        unmerge(cast, first)
    unmerge(cast, second)
    unmerge(cast, first)
    with pytest.raises(CannotChange, match="已经撤销了"):
        unmerge(cast, first)


def test_only_the_clerk_merges_with_a_reason_and_two_files(cast, pair) -> None:
    kept, merged = pair
    with pytest.raises(CannotChange):
        merge(cast, kept, merged, by=cast.visitor)
    with pytest.raises(CannotChange, match="请写明"):
        merge(cast, kept, merged, reason=" ")
    with pytest.raises(CannotChange, match="同一份"):
        merge(cast, kept, kept)
    assert Person.objects.get(pk=merged.pk).merged_into is None


def test_the_database_keeps_pairs_in_order_and_once(cast, pair) -> None:
    kept, merged = pair
    services.keep_apart(one_id=merged.pk, other_id=kept.pk, by=cast.township_clerk, at=AT)
    services.keep_apart(one_id=kept.pk, other_id=merged.pk, by=cast.township_clerk, at=AT)
    assert DistinctPair.objects.count() == 1
    for one, other in ((kept, merged), (merged, kept), (kept, kept)):
        with pytest.raises(IntegrityError), transaction.atomic():
            DistinctPair.objects.create(one=one, other=other, said_by=cast.township_clerk, said_at=AT)


def test_two_clerks_who_merge_the_same_pair_the_other_way_round_one_wins(committed, time_machine) -> None:
    from tests.cast import make_cast

    time_machine.move_to(AT, tick=True)
    cast = make_cast()
    one, other = filed(cast), filed(cast)
    got = both(lambda: merge(cast, one, other), lambda: merge(cast, other, one))
    assert sum(isinstance(result, CannotChange) for result in got) == 1
    assert Merge.objects.count() == 1
    assert Person.objects.exclude(merged_into=None).count() == 1


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def test_the_clerk_merges_side_by_side_and_takes_it_back(cast, pair) -> None:
    kept, merged = pair
    home = Household.objects.create(
        county_id=cast.county.pk, township_id=cast.township.pk, village_id=cast.village.pk, head_name="林依金"
    )
    Person.objects.filter(pk=merged.pk).update(household=home, relation="配偶")
    client = signed_in(cast.township_clerk)
    url = reverse("visits_roster:merge", args=[kept.uuid, merged.uuid])
    page = client.get(url).content.decode()
    for words in ("保留哪一份", kept.file_no, merged.file_no, "户主林依金", "139 0000 4471", "特困"):
        assert words in page
    assert kept.id_number not in page
    answer = client.post(url, {"keep": "one", "part_phone": "other"})
    assert answer.status_code == 422
    assert "请选怎么知道是同一个人" in answer.content.decode()
    answer = client.post(url, {"keep": "one", "part_phone": "other", "why": "换过证件"})
    assert answer.url == reverse("visits_desk:person", args=[kept.uuid])
    kept.refresh_from_db()
    # Chosen: the telephone. Lacked by the kept file: what to mind, the household.
    assert (kept.phone, kept.mind, kept.household_id) == ("13900004471", "耳背", home.pk)
    page = client.get(answer.url).content.decode()
    assert merged.file_no in page
    assert "并错了，撤销" in page
    client.post(reverse("visits_roster:unmerge", args=[kept.uuid, Merge.objects.get().pk]))
    kept.refresh_from_db()
    assert (kept.phone, kept.mind, kept.household_id) == ("13800004471", "", None)


def test_a_key_of_a_draft_is_not_lost_when_both_files_have_one(cast, pair) -> None:
    kept, merged = pair
    for person in pair:
        Draft.objects.create(author=cast.visitor, person=person, saved_at=AT, key=uuid.uuid4())
    done = merge(cast, kept, merged)
    assert Draft.objects.filter(person=kept).count() == 1
    unmerge(cast, done)
    assert Draft.objects.filter(person=merged).count() == 1
