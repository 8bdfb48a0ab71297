from django.apps import AppConfig


class FollowupConfig(AppConfig):
    name = "visits.followup"
    label = "visits_followup"

    def ready(self) -> None:
        """A visit that found a change makes its report in the visit's own transaction (五(三)-7)."""
        from accounts import handover, regions
        from visits.core import yearly
        from visits.followup import handing_over, rows, services, tasks
        from visits.records import documents, sheet_rows, visit_rows
        from visits.records import services as records
        from visits.records.services import offline
        from visits.roster.services import common as roster

        handover.register(handing_over.KIND)
        if tasks.recount_later not in yearly.after_change:
            yearly.after_change.append(tasks.recount_later)
        if services.note not in records.after_submit:
            regions.after_move.append(services.follow_units)
            roster.after_people_change.append(services.follow_people)
            records.after_submit.append(services.note)
            records.after_void.append(services.withdraw)
            offline.after_register.append(services.note_offline)
            offline.after_void.append(services.withdraw_offline)
            visit_rows.panels.append(rows.panel)
            sheet_rows.done_sources.append(rows.done_words)
            documents.report_sources.append(rows.on_paper)
