from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "账号与单位"

    def ready(self) -> None:
        from accounts import handover
        from accounts.lists import handing_over

        handover.register(handing_over.KIND)
