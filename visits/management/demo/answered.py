"""What the county made of the changes it was told of: cases at every step, days summed up, through the services."""

import io
import uuid
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from accounts.models import Post, User
from accounts.roles import Role
from visits.core.calendar import load
from visits.core.workdays import Calendar, YearNotLoaded
from visits.followup import services
from visits.followup.models import Case, ChangeReport, DaySummary
from visits.followup.services import cases, days, endings, hearing, measures, supplements
from visits.followup.services.cases import Measure, Proposal
from visits.management.demo.history import SHANGHAI, at_evening, on_duty
from visits.management.demo.pictures import page
from visits.management.demo.staff import Staff
from visits.roster.models import Membership, Person

PLANS: tuple[tuple[str, str, int | None, str], ...] = (
    ("money", "临时救助", 300000, "到账了，先买了药"),
    ("medicine", "送医保局办门诊慢特病", None, "证办下来了，药费能报七成"),
    ("house", "请村里翻修西屋屋顶", 480000, "瓦换好了，下雨看过不漏"),
    ("care", "安排邻里互助员每天看一次", None, "互助员每天上午去，签了协议"),
)
SHORT: tuple[tuple[str, str, str], ...] = (
    ("no_effect", "儿子回来住了，收入没有超过标准", ""),
    ("review", "家庭收入增加，转动态复核", "永动复〔2026〕%d号"),
    ("in_system", "上月已在低保系统里核增", ""),
    ("members", "孙女出生，增员待审", ""),
)
ENDINGS: tuple[tuple[str, str], ...] = (
    ("decrease", "儿子开始上班，每月给八百元"),
    ("increase", "查出重病，家里没有别的收入"),
    ("stop", "家庭人均收入超过标准，连续六个月"),
    ("stop", "名下有经营的店面，收入稳定"),
)
# Heard of in the last days, in the shown township: what, how it was before, how it is now, whether it is urgent.
HEARD: tuple[tuple[str, str, str, bool], ...] = (
    ("income", "打零工，月约3200元", "工地摔伤，约到明年2月没有工钱", False),
    ("health", "能自己走", "中风住院，说话不清", True),
    ("family", "夫妻两人", "老伴上周过世", False),
    ("housing", "自己的木房", "灶间起火，烧了半间", True),
    ("living", "儿子每月寄800元", "儿子厂里停工，三个月没寄钱", False),
    ("care", "媳妇照料", "媳妇去外地打工，没人照料", False),
)


class Answers:
    """Plays the county's side; the older a case, the further it is."""

    def __init__(self, staff: Staff, people: dict[int, list[Person]], today: date) -> None:
        self.staff, self.people, self.today = staff, people, today
        self.calendar: Calendar = load()
        posts = Post.objects.filter(role=Role.COUNTY_HEAD).select_related("user").order_by("-pk")
        self.heads: dict[int, User] = {post.region_id: post.user for post in posts}

    def play(self) -> None:
        """The past in its order, then the last days of the first township, then the days themselves."""
        for number, case in enumerate(Case.objects.filter(state="waiting").order_by("received_at", "pk")):
            self._past(case, number)
        self._heard()
        self._endings()
        self._days()

    def _after(self, day: date, n: int) -> date:
        """So many working days later; where the days off are not known, days."""
        try:
            return self.calendar.add_workdays(day, n)
        except YearNotLoaded:
            return day + timedelta(days=n)

    def _past(self, case: Case, number: int) -> None:
        received = timezone.localtime(case.received_at).date()
        age = (self.today - received).days
        if age < 6:
            return
        officer, head = self.staff.officers[case.county_id], self.heads[case.county_id]
        took = self._after(received, 1)
        cases.take(case_id=case.pk, by=on_duty(officer, took), at=_at(took, 8, 50))
        late = number % 9 == 4
        on = self._after(received, 5 if late else 2)
        if on > self.today:
            return
        self._propose(case, officer, on, number, late)
        said = self._after(received, 5 if late else 3)
        if said > self.today:
            return
        self._approve(case, head, said)
        case.refresh_from_db()
        if case.state == Case.State.CARRIED_OUT and age > 14:
            self._carry_out(case, said, number, finish=age > 45)

    def _propose(self, case: Case, officer: User, on: date, number: int, late: bool) -> None:
        if number % 3 == 2:
            answer, reason, reference = SHORT[number % len(SHORT)]
            proposal = Proposal(
                answer,
                reason,
                reference % number if reference else "",
                late_reason="等乡镇核收入" if late else "",
            )
        else:
            rows = [PLANS[number % len(PLANS)], PLANS[(number + 1) % len(PLANS)]][: 1 + number % 2]
            proposal = Proposal(
                "plan",
                measures=[
                    Measure(kind, words, "民政办", "民政办经办人", on + timedelta(days=7 + 14 * place), fen)
                    for place, (kind, words, fen, _) in enumerate(rows)
                ],
                late_reason="等医院出证明" if late else "",
            )
        cases.propose(case_id=case.pk, proposal=proposal, by=on_duty(officer, on), at=_at(on, 15, 20))

    def _approve(self, case: Case, head: User, on: date) -> None:
        case.refresh_from_db()
        cases.approve(
            seen={case.pk: cases.stamp(case)},
            by=on_duty(head, on),
            at=_at(on, 16, 30),
            late_reason="补材料晚了",
        )

    def _carry_out(self, case: Case, said: date, number: int, *, finish: bool) -> None:
        clerk = self.staff.clerks[case.person.township_id]
        ends = {words: end for _, words, _, end in PLANS}
        for place, row in enumerate(case.measures.filter(advance=False)):
            day = min(said + timedelta(days=5 + 3 * place), self.today)
            if not finish and place:
                continue
            measures.finish(
                measure_id=row.pk,
                done_on=day,
                result=ends.get(row.words, "办好了"),
                by=on_duty(clerk, day),
                at=at_evening(day),
            )
        if finish and number % 4 != 1:
            day = min(said + timedelta(days=35), self.today)
            officer = self.staff.officers[case.county_id]
            words = "" if cases.revisited(case) else "本人去外地女儿家，电话问过"
            cases.close(
                case_id=case.pk,
                note="帮到了，生活稳住了",
                no_revisit=words,
                by=on_duty(officer, day),
                at=_at(day, 17, 0),
            )

    # ── the last days of the township whose accounts are shown ─────────────────────────────────────

    def _heard(self) -> None:
        village = self.staff.villages[0]
        busy = set(Case.objects.unanswered().values_list("person_id", flat=True))
        free = [
            person
            for person in Person.objects.on_roster()
            .filter(village_id=village.region.pk, household=None)
            .order_by("pk")
            if person.pk not in busy
        ]
        clerk = self.staff.clerks[village.region.township_id]
        officer = self.staff.officers[village.region.county_id]
        for step, ((code, was, now, urgent), person) in enumerate(zip(HEARD, free[5:], strict=False)):
            back = (2, 1, 2, 3, 8, 2)[step]
            on = self._back(back)
            report = self._tell(person, clerk, on, hearing.Change(code, was, now), urgent)
            if step == 5:
                continue
            case = services.file(change_id=report.pk, by=on_duty(clerk, on), at=_at(on, 16, 40)).case
            assert case is not None
            self._step(case, step, on, clerk, officer)

    def _back(self, n: int) -> date:
        """So many working days before today; today itself for none."""
        day = self.today
        while n:
            day -= timedelta(days=1)
            n -= self.calendar.is_workday(day)
        return day

    def _tell(
        self, person: Person, clerk: User, on: date, change: hearing.Change, urgent: bool
    ) -> ChangeReport:
        """Somebody called. Nobody called before the file was made."""
        if timezone.localtime(person.created_at).date() > on:
            Person.objects.filter(pk=person.pk).update(created_at=_at(on - timedelta(days=400), 9, 0))
        return hearing.note_told(
            person_id=person.pk, key=uuid.uuid4(), source=("call", "neighbour")[person.pk % 2], changes=[change],
            found_on=on, urgent=urgent, told_by="村里一位邻居" if person.pk % 2 else "", by=on_duty(clerk, on), at=_at(on, 10, 15),
        )  # fmt: skip

    def _step(self, case: Case, step: int, on: date, clerk: User, officer: User) -> None:
        """0 proposed and waiting for the head, 1 waiting, 2 taken with papers asked for, 3 advance and taken, 4 late."""
        if step == 1:
            return
        day = min(self._after(on, 1), self.today)
        cases.take(case_id=case.pk, by=on_duty(officer, day), at=_at(day, 8, 50))
        if step == 2:
            supplements.ask(
                case_id=case.pk, what="死亡证明或者火化证的照片", by=on_duty(officer, day), at=_at(day, 9, 10)
            )
        elif step == 3:
            measures.advance(
                case_id=case.pk, kind="money", words="先给生活费", fen=100000, unit="镇里的临时救助备用金", who=clerk.name,
                given_on=on, by=on_duty(clerk, day), at=_at(day, 9, 30),
            )  # fmt: skip
        elif step == 0:
            self._propose(case, officer, day, 4, late=False)

    def _endings(self) -> None:
        """Four recommendations about aid, each a step further; the last is decided and asks the clerk."""
        village = self.staff.villages[0]
        clerk = self.staff.clerks[village.region.township_id]
        officer = self.staff.officers[village.region.county_id]
        # In the class on the day of the recommendation, and still in it: some joined later.
        members = Membership.objects.live(self._back(9)).filter(group_id="dibao", ends_on=None)
        people = Person.objects.on_roster().filter(
            village_id=village.region.pk, pk__in=members.values("person_id")
        )
        out = io.BytesIO()
        page("", title="救助待遇调整告知书").save(out, "JPEG", quality=80)
        for step, (person, (kind, reason)) in enumerate(
            zip(people.order_by("-pk")[:4], ENDINGS, strict=False)
        ):
            days_ = [self._back(n) for n in (9, 7, 5, 2)]
            by = on_duty(clerk, days_[0])
            row = endings.recommend(
                person_id=person.pk,
                group_id="dibao",
                kind=kind,
                reason=reason,
                by=by,
                at=_at(days_[0], 9, 30),
            )
            if step > 0:
                by = on_duty(clerk, days_[1])
                how = "入户看过，查了社保和收入"
                endings.check(ending_id=row.pk, on=days_[1], how=how, by=by, at=_at(days_[1], 15, 0))
            if step > 1:
                by = on_duty(clerk, days_[2])
                endings.tell(
                    ending_id=row.pk,
                    on=days_[2],
                    photo=out.getvalue(),
                    remedies=True,
                    by=by,
                    at=_at(days_[2], 10, 0),
                )
            if step > 2:
                endings.decide(
                    ending_id=row.pk, decision_no=f"永民停〔{days_[3].year}〕8号", decided_on=days_[3],
                    effective_from=None, by=on_duty(officer, days_[3]), at=_at(days_[3], 16, 0),
                )  # fmt: skip

    def _days(self) -> None:
        """The last two weeks, summed up; what is older than three days was confirmed."""
        since = self.today - timedelta(days=14)
        days.compile_days(today=self.today, at=_at(self.today, 0, 3), since=since)
        for township_id, clerk in self.staff.clerks.items():
            rows = DaySummary.objects.filter(township_id=township_id, on__lt=self.today - timedelta(days=3))
            for row in rows.order_by("on"):
                on = min(row.confirm_by or row.on + timedelta(days=1), self.today)
                days.confirm(summary_ids=[row.pk], by=on_duty(clerk, on), at=_at(on, 8, 40))


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)
