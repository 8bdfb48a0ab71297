from django.urls import URLPattern

app_name = "visits_core"
urlpatterns: list[URLPattern] = []
