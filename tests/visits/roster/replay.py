"""What should become of a township when lists, deaths, corrections and answers follow each other: told again in
plain Python, without the database and without the code under test."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

TODAY = date(2026, 11, 24)
START = date(2026, 7, 1)


def month_end(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass
class Span:
    group: str
    first: date
    last: date | None = None
    listed: date | None = None


@dataclass
class Someone:
    phone: str
    corrected: bool = False
    status: str = "live"
    spans: list[Span] = field(default_factory=list)

    def open(self, group: str) -> Span | None:
        return next((span for span in self.spans if span.group == group and span.last is None), None)


@dataclass
class Question:
    serial: int
    span: Span
    month: date
    outcome: str = ""


@dataclass(frozen=True)
class Line:
    """A row of a list. `fault`: "" right, "phone" wrong and whose is known, "id" nobody can tell whose."""

    serial: int
    phone: str = ""
    fault: str = ""


@dataclass
class Town:
    people: dict[int, Someone] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    fulls: dict[str, set[date]] = field(default_factory=dict)

    def newest(self, group: str) -> date:
        return max(self.fulls.get(group, {date.min}))

    def waits(self, asked: Question) -> bool:
        person = self.people[asked.serial]
        return asked.outcome == "" and asked.span.last is None and person.status == "live"

    def bring(self, month: date, group: str, full: bool, lines: list[Line]) -> None:
        """A list of a class and month; the clerk confirmed it."""
        stale = self.newest(group) > month
        first = max(START, month) if any(m < month for m in self.fulls.get(group, ())) else START
        before = {
            serial: span
            for serial, person in self.people.items()
            if person.status == "live"
            and (span := person.open(group)) is not None
            and span.first <= month_end(month)
            and not (span.listed and span.listed > month)
        }
        on_it: set[int] = set()
        loaded = False
        for line in lines:
            if line.fault == "id":
                continue
            on_it.add(line.serial)
            if line.fault == "":
                loaded |= self._row(line, month, group, stale, first)
        if not loaded:
            return  # nothing that could be confirmed
        if full and not stale:
            for serial, span in before.items():
                if serial not in on_it and not any(
                    asked.span is span and (asked.month >= month or asked.outcome == "")
                    for asked in self.questions
                ):
                    self.questions.append(Question(serial, span, month))
        if full:
            self.fulls.setdefault(group, set()).add(month)

    def _row(self, line: Line, month: date, group: str, stale: bool, first: date) -> bool:
        """Whether the row was right."""
        person = self.people.get(line.serial)
        if person is None:
            if stale:
                return False
            person = self.people[line.serial] = Someone(line.phone)
            person.spans.append(Span(group, first))
        elif person.status != "live":
            return False
        elif not stale:
            if line.phone and not person.corrected:
                person.phone = line.phone
            own = [span for span in person.spans if span.group == group]
            if not own:
                person.spans.append(Span(group, first))
            elif person.open(group) is None and max(span.last or date.max for span in own) < TODAY:
                ended = max(span.last for span in own if span.last)
                person.spans.append(Span(group, max(first, ended + timedelta(days=1))))
        if not stale and (span := person.open(group)) is not None:
            span.listed = max(month, span.listed or month)
            for asked in self.questions:
                if asked.span is span and asked.month <= month and self.waits(asked):
                    asked.outcome = "back"
        return True

    def settle(self, serials: set[int], group: str, outcome: str, last_month: date, on: date) -> None:
        for asked in self.questions:
            if asked.serial in serials and asked.span.group == group and self.waits(asked):
                asked.outcome = outcome
                if outcome == "stopped":
                    asked.span.last = month_end(last_month)
        for serial in serials:
            if outcome in ("dead", "departed"):
                self.people[serial].status = outcome

    def undo(self, serial: int) -> None:
        """The death was a mistake: what it had answered is a question again, unless another one is open."""
        person = self.people[serial]
        was, person.status = person.status, "live"
        for asked in self.questions:
            other = any(one.span is asked.span and one.outcome == "" for one in self.questions)
            if asked.serial == serial and asked.outcome == was and asked.span.last is None and not other:
                asked.outcome = ""

    def shape(self) -> dict[str, object]:
        """Everything that is compared."""
        return {
            "people": {
                serial: (person.phone, person.status, sorted(
                    (span.group, span.first, span.last, span.listed) for span in person.spans
                ))
                for serial, person in self.people.items()
            },
            "questions": sorted(
                (asked.serial, asked.span.group, asked.span.first, asked.month, asked.outcome)
                for asked in self.questions
            ),
            "waiting": sorted(asked.serial for asked in self.questions if self.waits(asked)),
        }  # fmt: skip
