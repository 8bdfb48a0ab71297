"""今天要找到的人 (1-E E7): the township is told with the first try that did not find them; after 24 hours its head and
the county are told too. What is told asks nothing any more as soon as somebody was met or it is known where they are.

Who that is says `records.selectors.unreached`, here as on the pages; what goes out never says whom it is about."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts.holders import Wanted, holders
from accounts.models import Region, User
from accounts.roles import Role
from visits.core import notice_words
from visits.core.models import Notice
from visits.core.telling import News, settle_all, tell
from visits.followup.deadlines import to
from visits.followup.selectors.searching import KIND
from visits.records.models import Attempt, OfflineVisit, Visit
from visits.records.selectors.unreached import Unreached, unreached_among
from visits.records.services.visiting import Submission
from visits.roster.models import Person

OVER = ":over"
# Asked before a visit is written (`records.selectors.beforehand`): whether somebody was told to find the person.
SOUGHT = "sought"
ANY_SOUGHT = f"""EXISTS (SELECT FROM visits_core_notice
  WHERE subject = '{KIND}' AND subject_id = %(person)s AND settled_at IS NULL)"""


def tried(made: Attempt) -> None:
    """The room's hook: a try was recorded, in its transaction."""
    _agree([made.person_id], made.submitted_at)


def visited(submission: Submission) -> None:
    """A visit was recorded; mostly nobody was looking for the person."""
    if SOUGHT in submission.before.above:
        _agree([submission.person.pk], submission.at)


def visited_elsewhere(visit: OfflineVisit, by: User, at: datetime) -> None:
    """A visit that was made outside the system was entered: lists of hundreds, of whom mostly nobody is looked for."""
    if _sought().filter(subject_id=visit.person_id).exists():
        _agree([visit.person_id], at)


def taken_back(visit: Visit | OfflineVisit, by: User, at: datetime) -> None:
    """A visit was voided: whoever was not found before it has to be found again."""
    _agree([visit.person_id], at)


def follow_people(person_ids: Collection[int], at: datetime) -> None:
    """People changed: who died or is known to be away is looked for no longer; who moved is another township's."""
    _agree(_sought().filter(subject_id__in=list(person_ids)).values_list("subject_id", flat=True), at)


def scan(*, at: datetime) -> int:
    """Who was not found in 24 hours, and what is over however it ended. Safe to run twice, or late. Gives how many
    are looked for; one query while there is nobody."""
    return _agree(_sought().values_list("subject_id", flat=True), at)


def _sought() -> QuerySet[Notice]:
    return Notice.objects.filter(kind=KIND, subject=KIND, settled_at=None).order_by()


def _agree(person_ids: Iterable[int | None], at: datetime) -> int:
    """What is told says what is so now, about these people."""
    ids = {pk for pk in person_ids if pk is not None}
    if not ids:
        return 0
    found = unreached_among(ids, at)
    news = _news(found, at)
    keys = {one.key for one in news}
    settle_all(_sought().filter(subject_id__in=ids).exclude(key__in=keys), at=at)
    tell(news, at=at, again=True)
    return len(found)


def _news(found: Mapping[int, Unreached], at: datetime) -> list[News]:
    if not found:
        return []
    people = [one.person for one in found.values()]
    counties = {person.county_id for person in people}
    townships = {unit for person in people for unit in _townships(person)}
    wanted: Wanted = {
        Role.TOWNSHIP_CLERK: townships,
        Role.TOWNSHIP_HEAD: townships,
        Role.COUNTY_OFFICER: counties,
    }
    posts = holders(wanted, timezone.localtime(at).date())
    names = dict(Region.objects.filter(pk__in=townships).values_list("pk", "name"))
    return [
        news for one in found.values() for news in _of(one, posts, names.get(one.person.township_id, ""), at)
    ]


def _townships(person: Person) -> list[int]:
    """The one that answers for the person, and the one that visits them for it (四(一)-3)."""
    return [unit for unit in (person.township_id, person.entrusted_to_id) if unit]


def _of(
    one: Unreached, posts: Mapping[tuple[str, int], list[int]], township: str, at: datetime
) -> list[News]:
    """Everybody once: the township's clerk, or its head where there is none; when it is over, both and the county.
    Where nobody holds a post in the township the county is told at once."""
    person, over = one.person, one.over(at)
    clerks = _held(posts, Role.TOWNSHIP_CLERK, _townships(person))
    heads = _held(posts, Role.TOWNSHIP_HEAD, _townships(person))
    county = _held(posts, Role.COUNTY_OFFICER, [person.county_id])
    near = [*clerks, *heads] if over else clerks or heads
    far = county if over or not near else []
    url = to("visits_desk:person", person.uuid)
    return [
        News(
            user_id=user_id,
            key=f"{KIND}:{one.first}{OVER if over else ''}",
            kind=KIND,
            words=notice_words.to_be_found(timezone.localtime(one.until), over=over, where=where),
            url=url,
            subject=KIND,
            subject_id=person.pk,
            at_once=True,
        )
        for user_id, where in ({pk: township for pk in far} | dict.fromkeys(near, "")).items()
    ]


def _held(posts: Mapping[tuple[str, int], list[int]], role: str, units: list[int]) -> list[int]:
    return [pk for unit in units for pk in posts.get((role, unit), [])]
