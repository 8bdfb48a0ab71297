from django.apps import AppConfig
from django.db.models.signals import post_migrate


class KitConfig(AppConfig):
    name = "xunfang.kit"
    label = "kit"

    def ready(self) -> None:
        from xunfang.kit.history import plan_after_migrate
        from xunfang.kit.privileges import grant_after_migrate

        post_migrate.connect(plan_after_migrate, sender=self, dispatch_uid="kit.history")
        post_migrate.connect(grant_after_migrate, sender=self, dispatch_uid="kit.privileges")
