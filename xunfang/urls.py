"""All addresses."""

from django.urls import include, path

from accounts import views

handler400 = "accounts.views.bad_request"
handler403 = "accounts.views.forbidden"
handler404 = "accounts.views.not_found"
handler500 = "accounts.views.server_error"

urlpatterns = [
    path("healthz", views.health, name="health"),
    path("account/", include("accounts.urls")),
    path("", include("visits.urls")),
]
