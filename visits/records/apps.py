from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "visits.records"
    label = "visits_records"
