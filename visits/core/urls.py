from django.urls import path

from visits.core import views

app_name = "visits_core"
urlpatterns = [
    path("calendar", views.working_calendar, name="calendar"),
    path("settings", views.settings_page, name="settings"),
    path("settings/edit", views.setting_edit, name="setting_edit"),
    path("gallery", views.gallery, name="gallery"),
]
