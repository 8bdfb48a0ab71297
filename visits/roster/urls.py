from django.urls import URLPattern

app_name = "visits_roster"
urlpatterns: list[URLPattern] = []
