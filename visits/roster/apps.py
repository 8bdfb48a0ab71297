from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "visits.roster"
    label = "visits_roster"

    def ready(self) -> None:
        from accounts import handover, regions
        from visits.core import yearly
        from visits.roster import tasks
        from visits.roster.services import common, handing_over, keeping, moves, recounting, transitions

        yearly.after_change.append(recounting.later)
        regions.after_move.append(moves.follow)
        regions.before_end.append(moves.refuse_while_inhabited)
        common.after_people_change.append(tasks.people_changed)
        keeping.keepers.append(transitions.KEEPER)
        handover.register(handing_over.GRANTS)
        handover.register(handing_over.ENTRUSTED)
        handover.register(handing_over.IMPORTS)
