from django.urls import path

from visits.core import calendar_views, notice_views, views

app_name = "visits_core"
urlpatterns = [
    path("calendar", views.working_calendar, name="calendar"),
    path("calendar/new", calendar_views.calendar_new, name="calendar_new"),
    path("calendar/<int:pk>", calendar_views.calendar_draft, name="calendar_draft"),
    path("calendar/<int:pk>/confirm", calendar_views.calendar_confirm, name="calendar_confirm"),
    path("calendar/<int:pk>/turn-down", calendar_views.calendar_turn_down, name="calendar_turn_down"),
    path("settings", views.settings_page, name="settings"),
    path("settings/edit", views.setting_edit, name="setting_edit"),
    path("notices", notice_views.inbox, name="notices"),
    path("notices/seen", notice_views.notices_seen, name="notices_seen"),
    path("notices/way", notice_views.notice_way, name="notice_way"),
    path("notices/<int:pk>/open", notice_views.notice_open, name="notice_open"),
    path("groups", notice_views.webhooks, name="webhooks"),
    path("groups/new", notice_views.webhook_new, name="webhook_new"),
    path("groups/<int:pk>/test", notice_views.webhook_test, name="webhook_test"),
    path("groups/<int:pk>/on", notice_views.webhook_on, name="webhook_on"),
    path("groups/<int:pk>/off", notice_views.webhook_off, name="webhook_off"),
    path("messages", notice_views.deliveries, name="deliveries"),
    path("messages/<int:pk>/again", notice_views.delivery_resend, name="delivery_resend"),
    path("gallery", views.gallery, name="gallery"),
]
