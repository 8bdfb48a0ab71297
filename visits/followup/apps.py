from django.apps import AppConfig


class FollowupConfig(AppConfig):
    name = "visits.followup"
    label = "visits_followup"

    def ready(self) -> None:
        """A visit that found a change makes its report in the visit's own transaction (五(三)-7); what it found
        goes into the ledger the same way (四(二)-3)."""
        from accounts import handover, regions
        from visits.core import yearly
        from visits.core.sending import digests
        from visits.followup import digest_lines, handing_over, panels, tasks
        from visits.followup.rows import changes as rows
        from visits.followup.rows import emergencies as emergency_rows
        from visits.followup.selectors import shifts
        from visits.followup.services import (
            alarming,
            changes,
            days,
            emergencies,
            escalating,
            following,
            hooks,
            joining,
            measures,
            needs,
            noting,
        )
        from visits.records import documents, open_rows, sheet_rows, visit_rows
        from visits.records import services as records
        from visits.records.selectors import beforehand
        from visits.records.services import offline
        from visits.roster.selectors import duty
        from visits.roster.services import common as roster
        from visits.roster.services import keeping

        for kind in handing_over.KINDS:
            handover.register(kind)
        if changes.note in records.after_submit:
            return
        hooks.after_clock_stopped.append(escalating.stopped)
        hooks.after_clock_started.append(escalating.stopped)
        emergencies.after_reported.append(alarming.reported)
        emergencies.after_acknowledged.append(alarming.taken)
        emergencies.after_details.append(alarming.told_in_full)
        emergencies.after_closed += [alarming.taken, alarming.told_in_full]
        digests.sources.append(digest_lines.lines)
        yearly.after_change.append(tasks.recount_later)
        regions.after_move += [
            changes.follow_units,
            following.follow_units,
            joining.follow_units,
            days.follow_units,
        ]
        roster.after_people_change += [changes.follow_people, tasks.people_changed]
        roster.after_merge.append(tasks.files_merged)
        roster.after_unmerge.append(tasks.files_unmerged)
        keeping.keepers.extend(following.KEEPERS)
        beforehand.asked_above[noting.NOTED] = noting.ANY_NOTED
        beforehand.asked_above[measures.OWED] = measures.ANY_OWED
        records.after_submit += [changes.note, noting.note_findings, needs.note_needs, measures.note_revisit]
        records.after_void += [
            changes.withdraw,
            noting.take_back,
            needs.take_back,
            measures.take_back_revisit,
        ]
        offline.after_register.append(changes.note_offline)
        offline.after_void.append(changes.withdraw_offline)
        duty.on_duty.append(shifts.on_duty)
        visit_rows.panels += [emergency_rows.panel, rows.panel, panels.of_visit]
        open_rows.sources.append(panels.form_rows)
        open_rows.lines.append(panels.form_lines)
        sheet_rows.done_sources.append(rows.done_words)
        documents.report_sources.append(rows.on_paper)
