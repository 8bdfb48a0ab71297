from django.apps import AppConfig


class FollowupConfig(AppConfig):
    name = "visits.followup"
    label = "visits_followup"
