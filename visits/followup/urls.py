from datetime import date

from django.urls import URLPattern, path, register_converter

from visits.followup.views import (
    case_acts,
    cases,
    changes,
    days,
    emergencies,
    endings,
    findings,
    holiday,
    month,
    papers,
    plans,
    reminders,
    shifts,
    standard,
    timely,
    told,
    watching,
)


class DayConverter:
    """2026-11-24; what is no day is no address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

app_name = "visits_followup"
urlpatterns: list[URLPattern] = [
    path("reminders", reminders.reminders, name="reminders"),
    path("reminders/level", reminders.reminder_edit, name="reminder_edit"),
    path("reminders/end", reminders.reminder_end, name="reminder_end"),
    path("reminders/today", reminders.reminders_today, name="reminders_today"),
    path("cases/", cases.cases, name="cases"),
    path("cases/approvals", case_acts.case_approvals, name="case_approvals"),
    path("cases/<uuid:uuid>", cases.case, name="case"),
    path("cases/<uuid:uuid>/take", case_acts.case_take, name="case_take"),
    path("cases/<uuid:uuid>/ask", case_acts.case_ask, name="case_ask"),
    path("cases/<uuid:uuid>/ask/withdraw", case_acts.case_ask_withdraw, name="case_ask_withdraw"),
    path("cases/<uuid:uuid>/supply", case_acts.case_supply, name="case_supply"),
    path("cases/<uuid:uuid>/papers/<int:pk>", cases.case_paper, name="case_paper"),
    path("cases/<uuid:uuid>/advance", case_acts.case_advance, name="case_advance"),
    path("cases/<uuid:uuid>/propose", case_acts.case_propose, name="case_propose"),
    path("cases/<uuid:uuid>/decide", case_acts.case_decide, name="case_decide"),
    path("cases/<uuid:uuid>/measures/<int:pk>", case_acts.case_measure, name="case_measure"),
    path("cases/<uuid:uuid>/measures/<int:pk>/void", case_acts.case_void, name="case_void"),
    path("cases/<uuid:uuid>/close", case_acts.case_close, name="case_close"),
    path("timely", timely.timely, name="timely"),
    path("endings/", endings.endings, name="endings"),
    path("endings/of/<uuid:uuid>", endings.ending_new, name="ending_new"),
    path("endings/<uuid:uuid>", endings.ending, name="ending"),
    path("endings/<uuid:uuid>/notice", endings.ending_notice, name="ending_notice"),
    path("endings/<uuid:uuid>/<slug:step>", endings.ending_step, name="ending_step"),
    path("days/", days.days, name="days"),
    path("days/<int:township>/<day:on>", days.day, name="day"),
    path("changes/", changes.changes, name="changes"),
    path("changes/of/<uuid:uuid>", told.change_new, name="change_new"),
    path("changes/<uuid:uuid>", changes.change, name="change"),
    path("emergencies/", emergencies.emergencies, name="emergencies"),
    path("emergencies/now", watching.emergencies_now, name="emergencies_now"),
    path("emergencies/new", emergencies.emergency_new, name="emergency_new"),
    path("emergencies/of/<uuid:uuid>", emergencies.emergency_of, name="emergency_of"),
    path("emergencies/<uuid:uuid>", emergencies.emergency, name="emergency"),
    path("emergencies/<uuid:uuid>/take", emergencies.emergency_take, name="emergency_take"),
    path("emergencies/<uuid:uuid>/details", emergencies.emergency_details, name="emergency_details"),
    path("emergencies/<uuid:uuid>/police", emergencies.emergency_police, name="emergency_police"),
    path("emergencies/<uuid:uuid>/close", emergencies.emergency_close, name="emergency_close"),
    path("emergencies/<uuid:uuid>/change", emergencies.emergency_change, name="emergency_change"),
    path("shifts/", shifts.shifts, name="shifts"),
    path("shifts/new", shifts.shift_new, name="shift_new"),
    path("shifts/paste", shifts.shifts_paste, name="shifts_paste"),
    path("shifts/print", shifts.shifts_print, name="shifts_print"),
    path("shifts/<int:pk>/cancel", shifts.shift_cancel, name="shift_cancel"),
    path("holiday", holiday.holiday, name="holiday"),
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
