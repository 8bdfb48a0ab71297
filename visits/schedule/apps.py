from django.apps import AppConfig


class ScheduleConfig(AppConfig):
    name = "visits.schedule"
    label = "visits_schedule"

    def ready(self) -> None:
        from accounts import handover
        from visits.roster.selectors import transitions as shown
        from visits.roster.services import common as roster
        from visits.roster.services import keeping, transitions
        from visits.schedule import entrusted, exporting, handing_over, merging
        from visits.schedule.tasks import people_changed

        # docs/adr 7: what is owed changes in the transaction that changed the person.
        roster.after_people_change.append(people_changed)
        shown.visits_of.append(entrusted.visits_of)
        transitions.visitor_of_place.append(entrusted.visitor_of_place)
        handover.register(handing_over.KIND)
        handover.register(handing_over.AREAS)
        exporting.register()
        keeping.keepers.append(merging.KEEPER)
        roster.after_merge.append(merging.follow_merge)
