from django.apps import AppConfig


class ScheduleConfig(AppConfig):
    name = "visits.schedule"
    label = "visits_schedule"
