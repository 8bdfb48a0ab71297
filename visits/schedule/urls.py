from django.urls import path

from visits.schedule import views

app_name = "visits_schedule"
urlpatterns = [
    path("", views.due, name="due"),
    path("assign", views.assign, name="assign"),
    path("assign/people", views.assign_people, name="assign_people"),
    path("rules", views.rules, name="rules"),
    path("groups", views.groups, name="groups"),
    path("groups/<str:code>/close", views.group_close, name="group_close"),
]
