"""Row history by database trigger, one event statement for a whole change."""

from collections.abc import Callable, Sequence

import pghistory
from django.db import models


def tracked(*, exclude: Sequence[str] = ()) -> Callable[[type[models.Model]], type[models.Model]]:
    """Keep every inserted and every updated row of the model in an append-only table of its own.

    Statement level: one trigger call for an import of thousands. The trackers are made anew each time,
    because django-pghistory writes the model into them."""
    return pghistory.track(
        pghistory.InsertEvent(level=pghistory.Statement),
        pghistory.UpdateEvent(level=pghistory.Statement),
        exclude=list(exclude) or None,
    )
