from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "visits.desk"
    label = "visits_desk"

    def ready(self) -> None:
        from visits.desk import due_book, exporting, frame, health, kept_line, tasks, trial  # noqa: F401
        from visits.roster import fresh_pages
        from xunfang.kit import health as kit_health

        if health.PARTS[0] not in kit_health.parts:
            kit_health.parts.extend(health.PARTS)
        exporting.register()
        due_book.register()
        frame.banners.append((health.BANNER, health.banner))
        frame.banners.append((health.CALENDAR, health.calendar_banner))
        frame.banners.append((kept_line.BANNER, kept_line.banner))
        frame.banners.append((trial.TRIAL, trial.banner))
        frame.banners.append((fresh_pages.BANNER, fresh_pages.banner))
        frame.banners.append((trial.UNSET, trial.unset_banner))
