"""试运行: a township's figures are no yardstick until its first full quarter has begun (practice P4). Pure."""

from datetime import date

from visits.schedule.periods import Quarter

WORDS = "试运行，数据不作考核"


def counts_from(go_live: date) -> date:
    """The first day from which figures count: the first day of the first quarter that lies whole after it."""
    quarter = Quarter.containing(go_live)
    return quarter.start if quarter.start == go_live else quarter.next().start


def on_trial(go_live: date | None, today: date) -> bool:
    """Whether the township is in trial on that day; without a day it has not begun at all."""
    return go_live is not None and today < counts_from(go_live)
