"""The codes of the eighteen items, fixed for ever: they are column names (四(二): six areas of three)."""

AREAS: dict[str, tuple[str, str, str]] = {
    "family": ("family_size", "income", "property"),
    "health": ("speech", "mobility", "illness"),
    "mind": ("mood", "thinking", "stress"),
    "safety": ("gas", "water_heating", "electricity"),
    "hygiene": ("personal_hygiene", "home_hygiene", "surroundings_hygiene"),
    "dwelling": ("indoor", "outdoor", "neighbours"),
}
ITEM_CODES: tuple[str, ...] = tuple(code for items in AREAS.values() for code in items)
