from django.urls import URLPattern

app_name = "visits_schedule"
urlpatterns: list[URLPattern] = []
