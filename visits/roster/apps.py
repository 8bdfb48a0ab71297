from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "visits.roster"
    label = "visits_roster"

    def ready(self) -> None:
        from accounts import regions
        from visits.roster.services import moves

        regions.after_move.append(moves.follow)
        regions.before_end.append(moves.refuse_while_inhabited)
