from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "visits.core"
    label = "visits_core"

    def ready(self) -> None:
        """The bar says how much is unread without a query of its own; the health page says what did not go out."""
        from accounts import scoping
        from visits.core import telling
        from visits.core.sending import state
        from xunfang.kit import health

        scoping.riders["unread_notices"] = telling.unread
        if state.health not in health.parts:
            health.parts.append(state.health)
