"""placeholder"""

from .say import Stop


def provide_servers(layout):
    raise Stop("")
