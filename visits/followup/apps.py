from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig


class FollowupConfig(AppConfig):
    name = "visits.followup"
    label = "visits_followup"

    def ready(self) -> None:
        """What this room does when others act; once, however often an app is made ready."""
        from visits.followup import handing_over
        from visits.followup.services import changes
        from visits.records import services as records

        _hand_over(handing_over.KINDS)
        if changes.note in records.after_submit:
            return
        _of_clocks()
        _of_people()
        _of_visits()
        _of_pages()


def _hand_over(kinds: Iterable[Any]) -> None:
    from accounts import handover

    for kind in kinds:
        handover.register(kind)


def _of_clocks() -> None:
    """Whoever is told of deadlines hears when one begins and when it is met."""
    from visits.core import yearly
    from visits.core.sending import digests
    from visits.followup import digest_lines, tasks
    from visits.followup.services import alarming, emergencies, escalating, hooks, searching
    from visits.records import services as records
    from visits.records.selectors import beforehand
    from visits.records.services import attempting, offline

    hooks.after_clock_stopped.append(escalating.stopped)
    hooks.after_clock_started.append(escalating.stopped)
    emergencies.after_reported.append(alarming.reported)
    emergencies.after_acknowledged.append(alarming.taken)
    emergencies.after_details.append(alarming.told_in_full)
    emergencies.after_closed += [alarming.over, alarming.told_in_full]
    attempting.after_attempt.append(searching.tried)
    beforehand.asked_above[searching.SOUGHT] = searching.ANY_SOUGHT
    records.after_submit.append(searching.visited)
    records.after_void.append(searching.taken_back)
    offline.after_register.append(searching.visited_elsewhere)
    offline.after_void.append(searching.taken_back)
    digests.sources.append(digest_lines.lines)
    yearly.after_change.append(tasks.recount_later)


def _of_people() -> None:
    """What is open goes with people and with their units."""
    from accounts import regions
    from visits.followup import tasks
    from visits.followup.services import changes, days, following, joining
    from visits.roster.services import common as roster
    from visits.roster.services import keeping

    regions.after_move += [
        changes.follow_units,
        following.follow_units,
        joining.follow_units,
        days.follow_units,
    ]
    roster.after_people_change.append(tasks.people_changed)
    roster.after_merge.append(tasks.files_merged)
    roster.after_unmerge.append(tasks.files_unmerged)
    keeping.keepers.extend(following.KEEPERS)


def _of_visits() -> None:
    """A visit that found a change makes its report in the visit's own transaction (五(三)-7); what it found goes into
    the ledger the same way (四(二)-3)."""
    from visits.followup.services import changes, needs, noting, revisiting
    from visits.records import services as records
    from visits.records.selectors import beforehand
    from visits.records.services import fulfilling, offline

    beforehand.asked_above[noting.NOTED] = noting.ANY_NOTED
    beforehand.asked_above[revisiting.OWED] = revisiting.ANY_OWED
    records.after_submit += [changes.note, noting.note_findings, needs.note_needs, revisiting.note]
    records.after_void += [
        changes.withdraw,
        noting.take_back,
        needs.take_back,
        revisiting.take_back,
    ]
    offline.after_register += [changes.note_offline, revisiting.note_elsewhere]
    offline.after_void += [changes.withdraw_offline, revisiting.take_back]
    fulfilling.after_catching_up.append(revisiting.catch_up)


def _of_pages() -> None:
    """What pages and papers of the rooms below say of it."""
    from visits.followup import exporting, panels
    from visits.followup.rows import changes as rows
    from visits.followup.rows import emergencies as emergency_rows
    from visits.followup.selectors import shifts
    from visits.records import documents, open_rows, sheet_rows, visit_rows
    from visits.roster.selectors import duty

    exporting.register()
    duty.on_duty.append(shifts.on_duty)
    visit_rows.panels += [emergency_rows.panel, rows.panel, panels.of_visit]
    open_rows.sources.append(panels.form_rows)
    open_rows.lines.append(panels.form_lines)
    sheet_rows.done_sources.append(rows.done_words)
    documents.report_sources.append(rows.on_paper)
