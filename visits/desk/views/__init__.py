"""Pages of the highest room: read-only."""

from visits.desk.views.figures import figures, overview
from visits.desk.views.homes import home
from visits.desk.views.person import person

__all__ = ["figures", "home", "overview", "person"]
