from django.urls import path

from visits.schedule import area_views, rule_views, views, why_views

app_name = "visits_schedule"
urlpatterns = [
    path("", views.due, name="due"),
    path("assign", views.assign, name="assign"),
    path("assign/people", views.assign_people, name="assign_people"),
    path("areas", area_views.areas, name="areas"),
    path("rules", rule_views.rules, name="rules"),
    path("rules/new", rule_views.rule_new, name="rule_new"),
    path("rules/<int:pk>/end", rule_views.rule_end, name="rule_end"),
    path("why/<uuid:uuid>", why_views.why, name="why"),
    path("groups", views.groups, name="groups"),
    path("groups/<str:code>/close", views.group_close, name="group_close"),
]
