from django.urls import URLPattern, path

from visits.followup import views

app_name = "visits_followup"
urlpatterns: list[URLPattern] = [
    path("", views.changes, name="changes"),
    path("<uuid:uuid>", views.change, name="change"),
]
