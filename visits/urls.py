"""The rooms' addresses. Keys inside are numbers; a uuid stands for people, visits, tables and files."""

from django.urls import include, path

from visits.desk.views import home

urlpatterns = [
    path("", home, name="home"),
    path("", include("visits.desk.urls")),
    path("core/", include("visits.core.urls")),
    path("roster/", include("visits.roster.urls")),
    path("due/", include("visits.schedule.urls")),
    path("records/", include("visits.records.urls")),
    path("", include("visits.followup.urls")),
]
