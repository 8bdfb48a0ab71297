"""`tools/dev <command>`: what the Makefile calls."""

import sys

from . import layout as places
from . import services, surroundings
from .say import Stop, complain, say


def test_up(_: list[str]) -> int:
    layout = places.find()
    services.up(layout, "test", services.Needs(), dies_with_us=False)
    say(surroundings.exports(surroundings.for_tests(layout)))
    return 0


def test_env(_: list[str]) -> int:
    say(surroundings.exports(surroundings.for_tests(places.find())))
    return 0


def test_down(_: list[str]) -> int:
    services.down(places.find(), "test")
    return 0


COMMANDS = {"test-up": test_up, "test-env": test_env, "test-down": test_down}


def main(argv: list[str]) -> int:
    try:
        return COMMANDS[argv[0]](argv[1:])
    except Stop as stop:
        complain(str(stop))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
