from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "visits.desk"
    label = "visits_desk"
