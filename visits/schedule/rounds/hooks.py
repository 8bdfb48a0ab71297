"""What the rooms above know about the people of a round (docs/adr 7). They append when they start; nobody imports up."""

from collections.abc import Callable

from django.db.models import Exists, Q, Subquery

from visits.schedule.models import Round

# A round → “refused” or “tried”, after the last try in its days, for a row with `person_id`; nothing when there was none.
last_try: list[Callable[[Round], Subquery]] = []
# Somebody of whom a visit said that the house stands by a slope or a stream, floods or may fall; for a person's row.
# Beside what the file says of the dwelling (`roster.selectors.dwelling.at_risk`).
bad_dwelling: list[Callable[[], Exists]] = []
# A round and one of its questions → whether yes was said to it, for a row with `person_id`.
said_yes: list[Callable[[Round, str], Q]] = []
