"""What there is to read about somebody, asked in one statement before anything is read.

Of the two dozen kinds of rows behind a person's page most people have four or five: what nobody wrote is not asked for
again, kind by kind. Who may read what is there, and what still holds, is said by the selectors that read it."""

from dataclasses import dataclass, fields

from xunfang.kit.prepared import Sql

# The file and those merged into it.
FILES = "(SELECT id FROM visits_roster_person WHERE id = %(person)s OR merged_into_id = %(person)s)"
OWN = "person_id = %(person)s"
ANY = f"person_id IN {FILES}"
# A case is about a whole family: of the file, of its household, or of a report about it (`cases.of_person`).
CASES = (
    f"(SELECT FROM visits_followup_case WHERE {ANY}"
    f" UNION ALL SELECT FROM visits_followup_case c JOIN visits_roster_person p USING (household_id)"
    f" WHERE p.id = %(person)s"
    f" UNION ALL SELECT FROM visits_followup_changereport WHERE {ANY} AND case_id IS NOT NULL) AS cases"
)


@dataclass(frozen=True)
class Presence:
    """Whether there are such rows, of this file; with those merged into it for what is told of its past."""

    offline: bool
    attempts: bool
    changes: bool
    cases: bool
    endings: bool
    lines: bool
    absences: bool
    transitions: bool
    merges: bool
    relatives: bool
    dwelling: bool
    reviews: bool
    known: bool
    certificates: bool
    benefits: bool
    near: bool
    findings: bool
    emergencies: bool
    looks: bool
    plans: bool
    needs: bool
    excused: bool
    discharges: bool
    draft: bool


WHERE = {
    "offline": ("visits_records_offlinevisit", ANY),
    "attempts": ("visits_records_attempt", ANY),
    "changes": ("visits_followup_changereport", ANY),
    "cases": (CASES, "true"),
    "endings": ("visits_followup_aidending", ANY),
    "lines": ("visits_records_sheetline", ANY),
    "absences": ("visits_roster_absence", OWN),
    "transitions": ("visits_roster_transition", OWN),
    "merges": ("visits_roster_merge", "kept_id = %(person)s"),
    "relatives": ("visits_roster_relative", OWN),
    "dwelling": ("visits_roster_dwelling", OWN),
    "reviews": ("visits_roster_review", OWN),
    "known": ("visits_records_knownstate", OWN),
    "certificates": ("visits_roster_disabilitycertificate", OWN),
    "benefits": ("visits_roster_benefit", OWN),
    "near": ("visits_roster_nearrelative", OWN),
    "emergencies": ("visits_followup_emergency", ANY),
    "looks": ("visits_roster_look", ANY),
    "findings": ("visits_followup_finding", OWN),
    "plans": ("visits_followup_plan", OWN),
    "needs": ("visits_followup_openneed", OWN),
    "excused": ("visits_schedule_dueitem", f"{OWN} AND stored = 'excused'"),
    "discharges": ("visits_schedule_dueitem", f"{OWN} AND cause = 'discharge'"),
    "draft": ("visits_records_draft", f"{OWN} AND author_id = %(user)s AND NOT together"),
}
STATEMENT = "SELECT " + ", ".join(
    "EXISTS (SELECT FROM {} WHERE {})".format(*WHERE[field.name]) for field in fields(Presence)
)
_ASKED = Sql(STATEMENT, {"person": "bigint", "user": "bigint"})


def look(person_id: int, user_id: int) -> Presence:
    """What there is of this person; a draft only of this user."""
    return Presence(*_ASKED.fetch({"person": person_id, "user": user_id})[0])
