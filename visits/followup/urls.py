from django.urls import URLPattern, path

from visits.followup.views import changes, findings, month, papers, plans, reminders, standard

app_name = "visits_followup"
urlpatterns: list[URLPattern] = [
    path("reminders", reminders.reminders, name="reminders"),
    path("reminders/level", reminders.reminder_edit, name="reminder_edit"),
    path("reminders/end", reminders.reminder_end, name="reminder_end"),
    path("reminders/today", reminders.reminders_today, name="reminders_today"),
    path("changes/", changes.changes, name="changes"),
    path("changes/<uuid:uuid>", changes.change, name="change"),
    path("findings/", findings.findings, name="findings"),
    path("findings/month", month.findings_month, name="findings_month"),
    path("findings/<uuid:uuid>", findings.finding, name="finding"),
    path("findings/<uuid:uuid>/close", findings.finding_close, name="finding_close"),
    path("findings/<uuid:uuid>/photos/<int:pk>", findings.finding_photo, name="finding_photo"),
    path("plans/", plans.plans, name="plans"),
    path("plans/standard", standard.standard, name="standard"),
    path("plans/standard/undo", standard.standard_undo, name="standard_undo"),
    path("plans/of/<uuid:uuid>", plans.plan_edit, name="plan_edit"),
    path("plans/<uuid:uuid>", plans.plan, name="plan"),
    path("plans/<uuid:uuid>/print", papers.plan_print, name="plan_print"),
    path("plans/<uuid:uuid>/pdf", papers.plan_pdf, name="plan_pdf"),
    path("plans/<uuid:uuid>/measures/<int:pk>", plans.measure_done, name="measure_done"),
]
