"""A word that must be typed before something is taken away."""

import signal

from . import quitting
from .say import complain


def typed(question: str, word: str) -> bool:
    """Whether exactly this word came back. Ctrl-C and the end of the input are a no."""
    complain(question)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # reading a line must end at Ctrl-C
    try:
        answer = input().strip()
    except (EOFError, KeyboardInterrupt):
        answer = ""
    quitting.listen()
    return answer == word
