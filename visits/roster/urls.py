from django.urls import path

from visits.roster.views import exports, files, imports, life, looking_back, papers, people

app_name = "visits_roster"
urlpatterns = [
    path("", people.people, name="people"),
    path("new", files.person_new, name="person_new"),
    path("on", looking_back.list_on, name="list_on"),
    path("print", papers.list_print, name="list_print"),
    path("export", exports.export, name="export"),
    path("exports", exports.exports, name="exports"),
    path("exports/<uuid:uuid>/decide", exports.export_decide, name="export_decide"),
    path("exports/<uuid:uuid>/file", exports.export_file, name="export_file"),
    path("import", imports.imports, name="import"),
    path("import/template", imports.import_template, name="import_template"),
    path("import/<uuid:uuid>", imports.import_detail, name="import_detail"),
    path("import/<uuid:uuid>/progress", imports.import_progress, name="import_progress"),
    path("import/<uuid:uuid>/confirm", imports.import_confirm, name="import_confirm"),
    path("import/<uuid:uuid>/drop", imports.import_drop, name="import_drop"),
    path("<uuid:uuid>/changes", looking_back.changes, name="changes"),
    path("<uuid:uuid>/edit", files.person_edit, name="person_edit"),
    path("<uuid:uuid>/contact", files.contact, name="contact"),
    path("<uuid:uuid>/groups/new", life.membership_new, name="membership_new"),
    path("<uuid:uuid>/groups/<int:pk>/end", life.membership_end, name="membership_end"),
    path("<uuid:uuid>/departure", life.departure, name="departure"),
    path("<uuid:uuid>/departure/undo", life.departure_undo, name="departure_undo"),
    path("<uuid:uuid>/share", life.share, name="share"),
    path("<uuid:uuid>/share/<int:pk>/end", life.share_end, name="share_end"),
]
