"""Why a message did not go out, in words that may be shown: never an address, never what the other side wrote."""


class NotYet(Exception):
    """It is tried again later."""


class Final(Exception):
    """Trying again would not help."""
