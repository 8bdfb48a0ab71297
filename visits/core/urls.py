from django.urls import path

from visits.core import calendar_views, views

app_name = "visits_core"
urlpatterns = [
    path("calendar", views.working_calendar, name="calendar"),
    path("calendar/new", calendar_views.calendar_new, name="calendar_new"),
    path("calendar/<int:pk>", calendar_views.calendar_draft, name="calendar_draft"),
    path("calendar/<int:pk>/confirm", calendar_views.calendar_confirm, name="calendar_confirm"),
    path("calendar/<int:pk>/turn-down", calendar_views.calendar_turn_down, name="calendar_turn_down"),
    path("settings", views.settings_page, name="settings"),
    path("settings/edit", views.setting_edit, name="setting_edit"),
    path("gallery", views.gallery, name="gallery"),
]
