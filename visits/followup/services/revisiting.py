"""The visit that looks whether aid has helped: the case says who went, whichever way that came in.

What counts stands on the due list alone (docs/adr/0024). After anything that may have changed it (a visit, a typed row,
an entry of a visit made elsewhere, one that was taken back, the night's catching up) the case's last line is
compared with it, and one line is added where the two differ. So the line is there exactly once, and a night that never
came changes nothing."""

from collections.abc import Collection
from datetime import date, datetime

from accounts.models import User
from visits.followup.models import Case, CaseStep
from visits.followup.services.cases import revisit_since
from visits.followup.services.joining import file_of, step
from visits.records.models import Fulfilment, OfflineVisit, Visit
from visits.records.services.visiting import Submission
from visits.roster.models import Person
from visits.schedule import revisits
from visits.schedule.due import HOME_MODES
from visits.schedule.models import DueItem
from visits.schedule.services import accepted_meetings
from visits.templatetags.xf import dayshort

REVISITED, State = CaseStep.Kind.REVISITED, Case.State
TAKEN_BACK = "已作废，不算回访了"
INSTEAD = "（原来那份作废）"
# Asked before a visit is written (`records.selectors.beforehand`): whether anybody is to see if aid has helped.
OWED = "revisit"
ANY_OWED = """EXISTS (SELECT FROM visits_schedule_dueitem
  WHERE person_id = %(person)s AND cause = 'revisit' AND stored IN ('', 'excused') AND done_on IS NULL)"""


def note(submission: Submission) -> None:
    """A visit was written down: on the form, with the household, from paper, for another township."""
    if OWED in submission.before.above or submission.replaces:
        _agree(submission.person.pk, submission.by, submission.at)


def note_elsewhere(visit: OfflineVisit, by: User, at: datetime) -> None:
    """A visit that was made outside the system was entered."""
    _agree(visit.person_id, by, at)


def take_back(visit: Visit | OfflineVisit, by: User, at: datetime) -> None:
    """One was taken back: another of its time may stand in, else whoever relied on it reads that nobody went."""
    _agree(file_of(visit.person).pk, by, at)


def catch_up(person_id: int) -> None:
    """A visit that was there before it was owed does it now."""
    _agree(person_id, None, None)


def _agree(person_id: int, by: User | None, at: datetime | None) -> None:
    """The person is locked by whoever calls. Without `by` and `at` the line is of whoever wrote the visit down, and when."""
    files = list(Person.objects.of_files([person_id]).values_list("pk", flat=True))
    rows = Case.objects.filter(
        person__in=files, state__in=[State.CARRIED_OUT, State.CLOSED], revisit_on__isnull=False
    )
    for case in rows.order_by("pk"):
        visit = visit_of(case, files)
        last = case.steps.filter(kind=REVISITED).last()
        said = "" if last is None or last.words.endswith(TAKEN_BACK) else last.words.removesuffix(INSTEAD)
        words = words_of(visit) if visit else ""
        if words == said:
            continue
        if visit is None:
            step(case, REVISITED, f"{said}，{TAKEN_BACK}", by, at or _last_of(case))
        else:
            who, when = (by, at) if by and at else _typed(visit)
            step(case, REVISITED, words + (INSTEAD if said else ""), who, max(when, _last_of(case)))


def visit_of(case: Case, files: Collection[int]) -> Visit | OfflineVisit | None:
    """Which valid visit looked whether it has helped, in time or late; None while nobody has."""
    item = revisits.item_of(person_ids=files, since=revisit_since(case))
    day = item and (item.done_on or item.made_up_on)
    if not item or not day:
        return None
    row = Fulfilment.objects.filter(due_item=item).select_related("visit", "offline").first()
    return (row.visit or row.offline) if row else _of_day(item, files, day)


def _of_day(item: DueItem, files: Collection[int], day: date) -> Visit | OfflineVisit | None:
    """After its window a visit makes it good by its day; of one day a record goes first."""
    met = accepted_meetings(item.person_id, day)
    of_day = {"person__in": files, "visited_on": day, "mode__in": HOME_MODES, "met__in": met}
    return (
        Visit.objects.valid().filter(**of_day).order_by("pk").first()
        or OfflineVisit.objects.valid().filter(**of_day).order_by("pk").first()
    )


def words_of(visit: Visit | OfflineVisit) -> str:
    """上门，第12号巡访记录; 上门，11月20日启用前线下已访."""
    if isinstance(visit, Visit):
        return f"{visit.get_mode_display()}，第{visit.record_no}号巡访记录"
    return f"{visit.get_mode_display()}，{dayshort(visit.visited_on)}{visit.words}"


def _typed(visit: Visit | OfflineVisit) -> tuple[User, datetime]:
    if isinstance(visit, Visit):
        return visit.recorder, visit.submitted_at
    return visit.recorded_by, visit.recorded_at


def _last_of(case: Case) -> datetime:
    last = case.steps.last()
    assert last is not None
    return last.at
