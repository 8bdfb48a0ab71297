from django.urls import path

from visits.schedule import area_views, due_views, rule_views, views, why_views
from visits.schedule.rounds import views as rounds

app_name = "visits_schedule"
urlpatterns = [
    path("", due_views.due, name="due"),
    path("assign", views.assign, name="assign"),
    path("assign/people", views.assign_people, name="assign_people"),
    path("areas", area_views.areas, name="areas"),
    path("rules", rule_views.rules, name="rules"),
    path("rules/new", rule_views.rule_new, name="rule_new"),
    path("rules/<int:pk>/end", rule_views.rule_end, name="rule_end"),
    path("why/<uuid:uuid>", why_views.why, name="why"),
    path("rounds", rounds.rounds, name="rounds"),
    path("rounds/new", rounds.round_new, name="round_new"),
    path("rounds/<uuid:uuid>", rounds.round_page, name="round"),
    path("rounds/<uuid:uuid>/phones", rounds.round_phones, name="round_phones"),
    path("rounds/<uuid:uuid>/call-off", rounds.round_call_off, name="round_call_off"),
    path("groups", views.groups, name="groups"),
    path("groups/<str:code>/close", views.group_close, name="group_close"),
]
