from django.urls import path

from visits.core import views

app_name = "visits_core"
urlpatterns = [
    path("calendar", views.working_calendar, name="calendar"),
    path("gallery", views.gallery, name="gallery"),
]
