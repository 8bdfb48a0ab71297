"""The line of an outside inspection (practice P29): whose eyes these are, by which letter, on which day."""

from datetime import date
from typing import Any

from accounts.roles import Role


def mark_of(user: Any, on: date) -> dict[str, Any] | None:
    """What components/_mark.html shows; None for everybody who is no inspector."""
    letter = next((post for post in user.duty.posts if post.role is Role.INSPECTOR), None)
    if letter is None:
        return None
    return {"name": user.name, "document": letter.document_no, "on": on}
