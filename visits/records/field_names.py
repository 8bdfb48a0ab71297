"""What the fields of a visit that no form class has are called: for pages that give a posted form back, and that must
not ask the database."""

from collections.abc import Iterator, Mapping
from typing import Any

from visits.records.form_v1 import FORM_V1


def _coded(part: Any) -> Iterator[tuple[str, str]]:
    """Code and label of everything in a wording that has both."""
    if isinstance(part, Mapping):
        if "code" in part and "label" in part:
            yield part["code"], part["label"]
        for inner in part.values():
            yield from _coded(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _coded(inner)


LABELS = dict(_coded(FORM_V1))


def name_of(field: str) -> str:
    """“行动能力：怎么回事” for note_mobility; "" for what is unknown, and for what is only chosen."""
    kind, _, code = field.partition("_")
    label = LABELS.get(code, "")
    if label and kind == "note":
        return f"{label}：怎么回事"
    return label if field == "s_degrees" else ""
