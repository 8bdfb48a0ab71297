from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "visits.core"
    label = "visits_core"
