from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "visits.records"
    label = "visits_records"

    def ready(self) -> None:
        from accounts import regions
        from visits.records.services import sheets, standing, visiting
        from visits.roster.services import guarded

        regions.after_move.append(sheets.follow_units)
        guarded.before_void.append(standing.signed_visit)
        visiting.after_submit.append(sheets.sign_singly)
        visiting.after_void.append(sheets.void_singles)
