from django.urls import path

from visits.desk import views

app_name = "visits_desk"
urlpatterns = [
    path("overview", views.overview, name="overview"),
    path("overview/people", views.figures, name="figures"),
    path("overview/workbook", views.workbook, name="workbook"),
    path("overview/return", views.quarterly_return, name="return"),
    path("overview/return/workbook", views.return_book, name="return_book"),
    path("person/<uuid:uuid>", views.person, name="person"),
    path("person/<uuid:uuid>/items", views.person_items, name="person_items"),
    path("person/<uuid:uuid>/item/<str:code>", views.person_item, name="person_item"),
    path("person/<uuid:uuid>/full", views.full_file, name="full_file"),
    path("health", views.health, name="health"),
    path("manual", views.manual, name="manual"),
    path("prints", views.prints, name="prints"),
    path("prints/rounds", views.print_rounds, name="print_rounds"),
    path("prints/due", views.print_due, name="print_due"),
    path("prints/blank", views.print_blank, name="print_blank"),
    path("prints/round/<int:village>", views.print_round, name="print_round"),
    path("prints/card/<uuid:uuid>", views.contact_card, name="contact_card"),
    path("prints/cards/<int:village>", views.contact_cards_of, name="contact_cards"),
    path("prints/papers/<uuid:uuid>", views.print_paper, name="print_paper"),
]
