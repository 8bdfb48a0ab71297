from django.urls import path

from accounts.views import signing_in, units

app_name = "accounts"
urlpatterns = [
    path("sign-in", signing_in.sign_in, name="sign_in"),
    path("sign-out", signing_in.sign_out, name="sign_out"),
    path("password", signing_in.password, name="password"),
    path("sure", signing_in.sure, name="sure"),
    path("units", units.units, name="units"),
    path("units/list", units.upload, name="unit_list"),
    path("units/list/<uuid:uuid>", units.check, name="unit_list_check"),
    path("units/<int:pk>", units.unit, name="unit"),
    path("units/<int:pk>/rename", units.rename, name="unit_rename"),
    path("units/<int:pk>/switch", units.switch, name="unit_switch"),
    path("units/<int:pk>/move", units.move, name="unit_move"),
    path("units/<int:pk>/merge", units.merge, name="unit_merge"),
]
