from django.urls import path

from accounts.views import log, signing_in, units, users, work

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
    path("units/<int:pk>/new", units.add, name="unit_new"),
    path("units/<int:pk>/rename", units.rename, name="unit_rename"),
    path("units/<int:pk>/switch", units.switch, name="unit_switch"),
    path("units/<int:pk>/move", units.move, name="unit_move"),
    path("units/<int:pk>/merge", units.merge, name="unit_merge"),
    path("users", users.users, name="users"),
    path("users/new", users.user_new, name="user_new"),
    path("users/<int:pk>", users.user, name="user"),
    path("users/<int:pk>/edit", users.user_edit, name="user_edit"),
    path("users/<int:pk>/reset", users.user_reset, name="user_reset"),
    path("users/<int:pk>/active", users.user_active, name="user_active"),
    path("users/<int:pk>/posts/new", users.post_new, name="post_new"),
    path("users/<int:pk>/posts/<int:post>/end", users.post_end, name="post_end"),
    path("log", log.log, name="log"),
    path("jobs/<uuid:uuid>", work.job, name="job"),
    path("files/<uuid:uuid>", work.file, name="file"),
]
