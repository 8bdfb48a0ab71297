from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "visits.desk"
    label = "visits_desk"

    def ready(self) -> None:
        from visits.desk import frame, tasks, trial  # noqa: F401
        from visits.roster import fresh_pages

        frame.banners.append((trial.TRIAL, trial.banner))
        frame.banners.append((fresh_pages.BANNER, fresh_pages.banner))
        frame.banners.append((trial.UNSET, trial.unset_banner))
