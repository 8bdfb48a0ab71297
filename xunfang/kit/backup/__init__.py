"""Backups that prove themselves: a dump, the files, and a manifest that says what must come back.

    place/2026-11-25-0310/   manifest.json, database.sealed, files.sealed (the names of the files)
    place/files/ab/abcd….sealed   every file once, whichever backups hold it

Everything is encrypted with the data key, for names and illnesses stand in it in plain words. The manifest carries
the count and a sum of every table, read in the same snapshot as the dump, and a seal over itself: a changed byte, a
missing part or another key is refused before anything is touched.
"""

from xunfang.kit.backup.making import Made, make, prune
from xunfang.kit.backup.manifest import CannotRestore, Manifest, read
from xunfang.kit.backup.restoring import Restored, restore
from xunfang.kit.backup.running import CannotRun

__all__ = [
    "CannotRestore",
    "CannotRun",
    "Made",
    "Manifest",
    "Restored",
    "make",
    "prune",
    "read",
    "restore",
]
