from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "visits.records"
    label = "visits_records"

    def ready(self) -> None:
        from visits.records.services import sheets, visiting

        visiting.after_submit.append(sheets.sign_singly)
        visiting.after_void.append(sheets.void_singles)
