"""Who, where, what they may do, what they did."""

from accounts.models.audit import LogEntry, LogHead
from accounts.models.post import Delegation, Post
from accounts.models.region import Region, RegionMove
from accounts.models.user import User

__all__ = ["Delegation", "LogEntry", "LogHead", "Post", "Region", "RegionMove", "User"]
