from django.urls import path

from visits.schedule import due_views, views
from visits.schedule.rounds import views as rounds

app_name = "visits_schedule"
urlpatterns = [
    path("", due_views.due, name="due"),
    path("assign", views.assign, name="assign"),
    path("assign/people", views.assign_people, name="assign_people"),
    path("rules", views.rules, name="rules"),
    path("rounds", rounds.rounds, name="rounds"),
    path("rounds/new", rounds.round_new, name="round_new"),
    path("rounds/<uuid:uuid>", rounds.round_page, name="round"),
    path("rounds/<uuid:uuid>/phones", rounds.round_phones, name="round_phones"),
    path("rounds/<uuid:uuid>/call-off", rounds.round_call_off, name="round_call_off"),
    path("groups", views.groups, name="groups"),
    path("groups/<str:code>/close", views.group_close, name="group_close"),
]
