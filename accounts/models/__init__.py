"""Who, where, what they may do, what they did."""

from accounts.models.audit import LogEntry, LogHead
from accounts.models.kept import KeptForm
from accounts.models.lists import AccountImport, AccountRow
from accounts.models.opening import Opening
from accounts.models.post import Delegation, Post
from accounts.models.region import Region, RegionMove
from accounts.models.user import User

__all__ = [
    "AccountImport",
    "AccountRow",
    "Delegation",
    "KeptForm",
    "LogEntry",
    "LogHead",
    "Opening",
    "Post",
    "Region",
    "RegionMove",
    "User",
]
