from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "visits.roster"
    label = "visits_roster"
