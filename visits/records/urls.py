from django.urls import URLPattern

app_name = "visits_records"
urlpatterns: list[URLPattern] = []
