from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "visits.roster"
    label = "visits_roster"

    def ready(self) -> None:
        from accounts import handover, regions
        from visits.roster.services import handing_over, moves

        regions.after_move.append(moves.follow)
        regions.before_end.append(moves.refuse_while_inhabited)
        handover.register(handing_over.GRANTS)
        handover.register(handing_over.IMPORTS)
