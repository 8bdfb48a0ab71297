"""Messages on their way out: rows that are sent by whoever comes first, once, again later when nobody answers."""

import logging

log = logging.getLogger(__name__)


def hint() -> None:
    """Tell a worker that something waits. Without a broker it goes within the minute."""
    from kombu.exceptions import OperationalError

    from visits.core.tasks import send

    try:
        send.apply_async(retry=False)
    except (OperationalError, OSError) as error:
        log.warning("broker took no hint: %s; the minute's round will send", type(error).__name__)
