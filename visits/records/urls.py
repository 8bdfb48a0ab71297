from django.urls import URLPattern, path

from visits.records.views import delegations, papers, sheet_office, signing, visiting

app_name = "visits_records"
urlpatterns: list[URLPattern] = [
    path("people/<uuid:uuid>/visit", visiting.visit_new, name="visit_new"),
    path("people/<uuid:uuid>/attempt", visiting.attempt_new, name="attempt_new"),
    path("people/<uuid:uuid>/draft", visiting.draft, name="draft"),
    path("visits/<uuid:uuid>", visiting.visit, name="visit"),
    path("visits/<uuid:uuid>/void", visiting.visit_void, name="visit_void"),
    path("visits/<uuid:uuid>/join", visiting.visit_join, name="visit_join"),
    path("visits/<uuid:uuid>/answer", signing.answer, name="visit_answer"),
    path("visits/<uuid:uuid>/print", papers.visit_print, name="visit_print"),
    path("visits/<uuid:uuid>/pdf", papers.visit_pdf, name="visit_pdf"),
    path("sheets", sheet_office.sheets, name="sheets"),
    path("sheets/draft", sheet_office.draft, name="sheet_draft"),
    path("sheets/approve", sheet_office.approve, name="sheets_approve"),
    path("sheets/<uuid:uuid>", signing.sheet, name="sheet"),
    path("sheets/<uuid:uuid>/sign", signing.sign, name="sheet_sign"),
    path("sheets/<uuid:uuid>/strike", signing.strike, name="sheet_strike"),
    path("sheets/<uuid:uuid>/return", signing.send_back, name="sheet_return"),
    path("sheets/<uuid:uuid>/resume", signing.resume, name="sheet_resume"),
    path("sheets/<uuid:uuid>/renew", sheet_office.act, {"action": "renew"}, name="sheet_renew"),
    path("sheets/<uuid:uuid>/void", sheet_office.act, {"action": "void"}, name="sheet_void"),
    path("sheets/<uuid:uuid>/freeze", sheet_office.freeze, name="sheet_freeze"),
    path("sheets/<uuid:uuid>/paper", sheet_office.paper, name="sheet_paper"),
    path("sheets/<uuid:uuid>/print", papers.sheet_print, name="sheet_print"),
    path("sheets/<uuid:uuid>/pdf", papers.sheet_pdf, name="sheet_pdf"),
    path("delegations", delegations.delegations, name="delegations"),
    path("delegations/<int:pk>/withdraw", delegations.withdraw, name="delegation_withdraw"),
]
