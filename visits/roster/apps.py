from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "visits.roster"
    label = "visits_roster"

    def ready(self) -> None:
        from accounts import handover, regions
        from visits.roster import tasks
        from visits.roster.services import common, handing_over, keeping, moves, transitions

        regions.after_move.append(moves.follow)
        regions.before_end.append(moves.refuse_while_inhabited)
        common.after_people_change.append(tasks.people_changed)
        keeping.keepers.append(transitions.KEEPER)
        handover.register(handing_over.GRANTS)
        handover.register(handing_over.ENTRUSTED)
        handover.register(handing_over.IMPORTS)
