"""How deep a cell of a figures table is shaded: “the deeper, the more it is worth asking about” (0 to 3).

No verdict and no ranking: a unit is compared with the whole it belongs to, and a small one, where one
person moves a rate by many points, never gets more than the lightest shade.
"""

from visits.desk.selectors import Figures

SMALL = 10  # fewer people than this: one person is ten points or more
FEW = 3  # fewer cases than this: it happens anywhere
BEHIND = (2.0, 5.0, 10.0)  # points below the whole
SHARE = (0.0, 2.0, 5.0)  # per cent of the people, for what should be none


def _step(value: float, steps: tuple[float, ...], people: int) -> int:
    shade = sum(value > step for step in steps)
    return min(shade, 1) if people < SMALL else shade


def behind(part: float | None, whole: float | None, people: int) -> int:
    """A rate (share of one) against that of the whole."""
    if part is None or whole is None:
        return 0
    return _step((whole - part) * 100, BEHIND, people)


def share(count: int, people: int) -> int:
    """A count of people that should be none."""
    if not people or not count:
        return 0
    shade = _step(100 * count / people, SHARE, people)
    return min(shade, 1) if count < FEW else shade


def of(row: Figures, whole: Figures) -> dict[str, int]:
    """Shades of a row by column."""
    return {
        "rate": behind(row.rate, whole.rate, row.due),
        "self_rate": behind(row.self_rate, whole.self_rate, row.due),
        "late": share(row.late, row.due),
        "unassigned": share(row.unassigned, row.roster),
    }
