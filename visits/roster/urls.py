from django.urls import path

from visits.roster.views import files, freshness, imports, imports_ask, life, missing, people

app_name = "visits_roster"
urlpatterns = [
    path("", people.people, name="people"),
    path("new", files.person_new, name="person_new"),
    path("import", imports.imports, name="import"),
    path("import/template", imports.import_template, name="import_template"),
    path("import/<uuid:uuid>", imports.import_detail, name="import_detail"),
    path("import/<uuid:uuid>/ask", imports_ask.import_ask, name="import_ask"),
    path("import/<uuid:uuid>/progress", imports.import_progress, name="import_progress"),
    path("import/<uuid:uuid>/confirm", imports.import_confirm, name="import_confirm"),
    path("import/<uuid:uuid>/drop", imports.import_drop, name="import_drop"),
    path("import/<uuid:uuid>/rows/<slug:verdict>", imports.import_rows, name="import_rows"),
    path("import/<uuid:uuid>/missing", missing.import_missing, name="import_missing"),
    path("import/<uuid:uuid>/missing/reopen", missing.import_reopen, name="import_reopen"),
    path("import/<uuid:uuid>/hold", missing.import_hold, name="import_hold"),
    path("import/<uuid:uuid>/hold/supplement", missing.import_not_complete, name="import_not_complete"),
    path("freshness", freshness.freshness, name="freshness"),
    path("freshness/figure", freshness.figure_new, name="figure_new"),
    path("<uuid:uuid>/edit", files.person_edit, name="person_edit"),
    path("<uuid:uuid>/contact", files.contact, name="contact"),
    path("<uuid:uuid>/groups/new", life.membership_new, name="membership_new"),
    path("<uuid:uuid>/groups/<int:pk>/end", life.membership_end, name="membership_end"),
    path("<uuid:uuid>/departure", life.departure, name="departure"),
    path("<uuid:uuid>/departure/undo", life.departure_undo, name="departure_undo"),
    path("<uuid:uuid>/share", life.share, name="share"),
    path("<uuid:uuid>/share/<int:pk>/end", life.share_end, name="share_end"),
]
