"""办交接: what hangs on somebody, that all of it goes or nothing does, and who may say so."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from accounts import handover, services
from accounts.handover import KEEP, RELEASE, Plan
from accounts.models import Delegation, LogEntry, Post, User
from accounts.roles import Role
from accounts.scoping import duty_of
from accounts.services import CannotManage
from tests.cast import make_person, make_user, signed_in
from visits.records.models import Draft, Sheet, Signature
from visits.roster.models import Grant, Person
from visits.roster.services import share
from visits.schedule import services as schedule
from visits.schedule.models import DueItem

DAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def heir(cast: Any) -> User:
    return make_user("接班人", "13900000301", Role.VISITOR, cast.village)


def do(cast: Any, user: User, by: User | None = None, **plan: Any) -> dict[str, int]:
    return handover.hand_over(
        user_id=user.pk, plan=Plan(**{"last_day": DAY, **plan}), by=by or cast.township_clerk, at=NOON, on=DAY
    )


def left(cast: Any, user: User) -> dict[str, int]:
    return {pile.kind.code: pile.count for pile in handover.piles(user, cast.township_clerk.duty, DAY)}


def draft(user: User, person: Person) -> Draft:
    return Draft.objects.create(author=user, person=person, saved_at=NOON)


def test_people_with_everything_open_go_to_the_successor_in_one_go(cast: Any, heir: User) -> None:
    people = [make_person(cast) for _ in range(3)]
    schedule.generate(on=DAY)
    assert left(cast, cast.visitor) == {"people": 3}
    assert do(cast, cast.visitor, to_id=heir.pk) == {"people": 3}
    assert set(Person.objects.values_list("assignee", flat=True)) == {heir.pk}
    assert set(DueItem.objects.filter(person__in=people).values_list("assignee", flat=True)) == {heir.pk}
    assert left(cast, cast.visitor) == {}
    assert Post.objects.get(user=cast.visitor).ends_on == DAY
    log = LogEntry.objects.get(action="account_handed_over")
    assert log.detail == {"to": heir.pk, "posts": 1, "people": 3}


def test_a_pile_may_go_to_somebody_else_or_openly_to_nobody(cast: Any, heir: User) -> None:
    services.add_post(
        user_id=cast.visitor.pk, post=services.NewPost("visitor", cast.other_village.pk, "", DAY),
        by=cast.township_clerk, at=NOON, on=DAY,
    )  # fmt: skip
    here, there = make_person(cast), make_person(cast, village=cast.other_village)
    key = f"people_{cast.other_village.pk}"
    with pytest.raises(CannotManage, match="没有巡访的任职") as refused:
        do(cast, cast.visitor, to_id=heir.pk)
    assert refused.value.field == key
    do(cast, cast.visitor, to_id=heir.pk, choices={key: RELEASE})
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.assignee_id, there.assignee_id) == (heir.pk, None)


def test_what_nobody_decided_about_stops_everything(cast: Any) -> None:
    make_person(cast)
    with pytest.raises(CannotManage, match="请选接手的人"):
        do(cast, cast.visitor)
    assert Post.objects.get(user=cast.visitor).ends_on is None


def test_a_draft_is_its_authors_alone_and_stops_the_hand_over_until_it_is_gone(cast: Any, heir: User) -> None:
    person = make_person(cast)
    draft(cast.visitor, person)
    with pytest.raises(CannotManage, match="草稿只有本人看得到"):
        do(cast, cast.visitor, to_id=heir.pk)
    person.refresh_from_db()
    assert person.assignee_id == cast.visitor.pk, "all or nothing"
    moved = do(cast, cast.visitor, to_id=heir.pk, choices={f"drafts_{cast.village.pk}": RELEASE})
    assert moved == {"people": 1, "drafts": 1}
    assert not Draft.objects.exists()
    assert LogEntry.objects.get(action="drafts_dropped").detail == {"count": 1}


def test_a_table_waits_for_the_post_and_goes_on_with_whoever_holds_it(cast: Any) -> None:
    sheet = Sheet.objects.create(
        kind="village", period="2026Q3", period_start=dt.date(2026, 7, 1), period_end=dt.date(2026, 9, 30),
        batch_no=1, sign_by=dt.date(2026, 10, 10), county_id=cast.county.pk, township_id=cast.township.pk,
        village_id=cast.village.pk,
    )  # fmt: skip
    assert left(cast, cast.village_head) == {"sheets1": 1}
    with pytest.raises(CannotManage, match="没有别人任这个职务"):
        do(cast, cast.village_head)
    heir = make_user("新主任", "13900000302", Role.VISITOR, cast.village)
    do(cast, cast.village_head, to_id=heir.pk, takes_posts=True)
    post = Post.objects.get(user=heir, role=Role.VILLAGE_HEAD)
    assert (post.region, post.starts_on) == (cast.village, DAY)
    duty_of(heir, DAY)
    assert left(cast, heir) == {"sheets1": 1}
    Signature.objects.create(
        sheet=sheet, slot=1, signer=heir, signed_name="新主任", title="主任", method="screen", seal=b"s", signed_at=NOON
    )  # fmt: skip
    assert left(cast, heir) == {}


def test_a_post_may_be_left_vacant_knowingly(cast: Any) -> None:
    Sheet.objects.create(
        kind="village", period="2026Q3", period_start=dt.date(2026, 7, 1), period_end=dt.date(2026, 9, 30),
        batch_no=1, sign_by=dt.date(2026, 10, 10), county_id=cast.county.pk, township_id=cast.township.pk,
        village_id=cast.village.pk,
    )  # fmt: skip
    do(cast, cast.village_head, choices={f"sheets1_{cast.village.pk}": RELEASE})
    assert Post.objects.get(user=cast.village_head).ends_on == DAY


def test_files_opened_by_name_go_on_to_the_same_day_and_delegations_are_withdrawn(
    cast: Any, heir: User
) -> None:
    helper = make_user("协办人", "13900000303", Role.VISITOR, cast.other_village)
    person = make_person(cast)
    share(person_id=person.pk, to_id=helper.pk, reason="住院陪护", until=dt.date(2026, 12, 31),
          by=cast.township_clerk, at=NOON)  # fmt: skip
    other = make_user("另一位", "13900000304", Role.VISITOR, cast.other_village)
    paper = Delegation.objects.create(
        region=cast.village, role=Role.VILLAGE_HEAD, deputy=helper, deputy_title="委员", principal_name="某某",
        document_no="1号", starts_on=DAY, ends_on=dt.date(2026, 12, 31), created_by=cast.township_clerk,
    )  # fmt: skip
    assert left(cast, helper) == {"grants": 1, "delegations": 1}
    with pytest.raises(CannotManage, match="不能转"):
        do(cast, helper, to_id=other.pk)
    do(cast, helper, to_id=other.pk, choices={f"delegations_{cast.village.pk}": RELEASE})
    grant = Grant.objects.get(ended_at=None)
    assert (grant.to, grant.until, grant.reason) == (other, dt.date(2026, 12, 31), "住院陪护")
    assert other.has_perm("visits_roster.assist_person", person)
    assert not User.objects.get(pk=helper.pk).has_perm("visits_roster.assist_person", person)
    paper.refresh_from_db()
    assert paper.withdrawn_at == NOON


def given(cast: Any, **values: Any) -> Delegation:
    """A paper by which somebody signs in the place of the village head."""
    return Delegation.objects.create(
        region=cast.village, role=Role.VILLAGE_HEAD, deputy=cast.liaison, deputy_title="委员", document_no="3号",
        starts_on=DAY, ends_on=dt.date(2026, 12, 31), created_by=cast.township_clerk,
        **{"principal_name": cast.village_head.name, **values},
    )  # fmt: skip


@pytest.mark.parametrize(("choice", "withdrawn"), [(RELEASE, NOON), (KEEP, None)])
def test_who_signs_in_the_place_of_somebody_who_leaves_is_decided(
    cast: Any, choice: str, withdrawn: Any
) -> None:
    paper, key = given(cast), f"given_{cast.village.pk}"
    assert left(cast, cast.village_head) == {"given": 1}
    with pytest.raises(CannotManage, match="请选：授权继续有效到期满，还是收回授权") as refused:
        do(cast, cast.village_head)
    assert refused.value.field == key
    do(cast, cast.village_head, choices={key: choice})
    paper.refresh_from_db()
    assert paper.withdrawn_at == withdrawn
    assert left(cast, cast.village_head) == {}
    logged = LogEntry.objects.filter(action="delegation_withdrawn").count()
    assert logged == (1 if withdrawn else 0)


def test_a_paper_of_another_holder_of_the_post_is_none_of_theirs(cast: Any) -> None:
    make_user("另一位主任", "13900000309", Role.VILLAGE_HEAD, cast.village)
    given(cast, principal_name="另一位主任")
    given(cast, withdrawn_at=NOON)
    assert "given" not in left(cast, cast.village_head)


def test_the_page_offers_to_keep_or_to_take_back_a_paper(cast: Any) -> None:
    paper = given(cast)
    client, url = signed_in(cast.township_clerk), f"/account/users/{cast.village_head.pk}/handover"
    page = client.get(url).content.decode()
    assert "委托别人代签1份" in page
    assert "授权继续有效到期满" in page
    values = {"last_day": DAY.isoformat(), f"given_{cast.village.pk}": KEEP}
    assert client.post(url, values).status_code == 302
    paper.refresh_from_db()
    assert paper.withdrawn_at is None


def test_a_clerks_open_changes_go_on_with_the_other_clerk(cast: Any) -> None:
    from tests.world import visit

    person = make_person(cast)
    visit(
        person,
        cast.visitor,
        DAY - dt.timedelta(days=1),
        values={"income": 2},
        notes={"income": "工伤"},
        report=True,
    )
    cast.refresh()
    piles = handover.piles(cast.township_clerk, cast.county_officer.duty, DAY)
    assert [(pile.kind.code, pile.count, pile.settled) for pile in piles] == [("changes", 1, False)]
    second = make_user("第二经办", "13900000305", Role.TOWNSHIP_CLERK, cast.township)
    piles = handover.piles(cast.township_clerk, cast.county_officer.duty, DAY)
    assert [(pile.settled, pile.holders) for pile in piles] == [(True, (second,))]
    assert do(cast, cast.township_clerk, by=cast.county_officer) == {"changes": 0}


def test_the_last_day_may_lie_ahead_and_the_account_closes_only_once_it_came(cast: Any, heir: User) -> None:
    make_person(cast)
    ahead = DAY + dt.timedelta(days=7)
    with pytest.raises(CannotManage, match="最后一天还没到"):
        do(cast, cast.visitor, to_id=heir.pk, last_day=ahead, close=True)
    do(cast, cast.visitor, to_id=heir.pk, last_day=ahead)
    assert Post.objects.get(user=cast.visitor).ends_on == ahead
    make_person(cast)  # given to the visitor in the meantime
    assert left(cast, cast.visitor) == {"people": 1}
    do(cast, cast.visitor, to_id=heir.pk, last_day=ahead)
    do(cast, cast.visitor, last_day=DAY, close=True)
    cast.visitor.refresh_from_db()
    assert not cast.visitor.is_active


def test_who_left_without_a_word_is_handed_over_afterwards(cast: Any, heir: User) -> None:
    make_person(cast)
    Post.objects.filter(user=cast.visitor).update(ends_on=DAY - dt.timedelta(days=3))
    do(cast, cast.visitor, to_id=heir.pk, close=True)
    assert left(cast, cast.visitor) == {}


def test_a_clerk_hands_over_what_lies_in_the_township_and_leaves_the_rest(cast: Any, heir: User) -> None:
    Post.objects.create(user=cast.visitor, region=cast.other_county_village, role=Role.VISITOR, starts_on=DAY)
    make_person(cast)
    abroad = make_person(cast, village=cast.other_county_village)
    do(cast, cast.visitor, to_id=heir.pk)
    abroad.refresh_from_db()
    assert abroad.assignee_id == cast.visitor.pk
    assert Post.objects.get(user=cast.visitor, region=cast.other_county_village).ends_on is None
    with pytest.raises(CannotManage, match="别处还有任职"):
        do(cast, cast.visitor, close=True)


@pytest.mark.parametrize("who", ["neighbour", "township_head", "visitor"])
def test_nobody_hands_over_beyond_their_rights(cast: Any, who: str, heir: User) -> None:
    make_person(cast)
    with pytest.raises(CannotManage):
        do(cast, cast.visitor, by=cast.users[who], to_id=heir.pk)


def test_nobody_hands_over_their_own(cast: Any) -> None:
    with pytest.raises(CannotManage, match="自己的交接"):
        do(cast, cast.system_admin, by=cast.system_admin)


def test_the_administrator_sees_counts_and_no_name_of_a_person(cast: Any) -> None:
    make_person(cast, name="金丝雀依妹")
    html = signed_in(cast.system_admin).get(f"/account/users/{cast.visitor.pk}/handover").content.decode()
    assert "名下的巡访对象1人" in html
    assert "金丝雀" not in html


def test_the_page_says_what_is_missing_at_its_row_and_shows_zeros_at_the_end(cast: Any, heir: User) -> None:
    draft(cast.visitor, make_person(cast))
    url = f"/account/users/{cast.visitor.pk}/handover"
    client = signed_in(cast.township_clerk)
    page = client.get(url).content.decode()
    assert "名下的巡访对象1人" in page
    assert "没写完的草稿1份" in page
    assert "⟦" not in page
    form = {"to": heir.pk, "last_day": "2026-11-23"}
    answer = client.post(url, form)
    assert answer.status_code == 422
    assert f'id="id_drafts_{cast.village.pk}_error"' in answer.content.decode()
    answer = client.post(url, {**form, f"drafts_{cast.village.pk}": RELEASE})
    assert answer["Location"] == url
    page = client.get(url).content.decode()
    assert "名下的巡访对象1人，没写完的草稿1份" in page
    assert "交接完了" in page
    assert "0人、0张表、0份没写完的" in page


def test_many_people_cost_as_many_queries_as_few(cast: Any, heir: User) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(cast.township_clerk)
    url = f"/account/users/{cast.visitor.pk}/handover"
    client.get(url)  # the session notes its posts
    counts = []
    for _ in range(2):
        for _ in range(10):
            draft(cast.visitor, make_person(cast))
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_key_names_a_pile_that_exists(cast: Any) -> None:
    """A stranger's unit in the form is no choice of it."""
    make_person(cast)
    url = f"/account/users/{cast.visitor.pk}/handover"
    answer = signed_in(cast.township_clerk).post(
        url,
        {
            "last_day": "2026-11-24",
            f"people_{cast.village.pk}": str(cast.neighbour.pk),
            "to": cast.neighbour.pk,
        },
    )
    assert answer.status_code == 422
    assert "请从列表里选" in answer.content.decode()
