from django.apps import AppConfig


class ScheduleConfig(AppConfig):
    name = "visits.schedule"
    label = "visits_schedule"

    def ready(self) -> None:
        from accounts import handover
        from visits.roster.services import common as roster
        from visits.roster.services import keeping
        from visits.schedule import exporting, handing_over, merging
        from visits.schedule.tasks import people_changed

        # docs/adr 7: what is owed changes in the transaction that changed the person.
        roster.after_people_change.append(people_changed)
        handover.register(handing_over.KIND)
        exporting.register()
        keeping.keepers.append(merging.KEEPER)
        roster.after_merge.append(merging.follow_merge)
