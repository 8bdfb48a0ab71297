from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "visits.records"
    label = "visits_records"

    def ready(self) -> None:
        from accounts import handover, regions
        from visits.records.services import handing_over, sheets, visiting

        regions.after_move.append(sheets.follow_units)
        visiting.after_submit.append(sheets.sign_singly)
        visiting.after_void.append(sheets.void_singles)
        for kind in handing_over.KINDS:
            handover.register(kind)
