from django.urls import URLPattern

app_name = "visits_followup"
urlpatterns: list[URLPattern] = []
