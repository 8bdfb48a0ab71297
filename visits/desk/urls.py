from django.urls import URLPattern

app_name = "visits_desk"
urlpatterns: list[URLPattern] = []
