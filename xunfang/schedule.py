"""The beat table: what happens at what time. Every entry is safe to run twice, late, or by two beats at once."""

from celery.schedules import crontab

BEAT = {
    # Finds jobs the broker lost and jobs whose worker died.
    "sweep jobs": {"task": "kit.sweep", "schedule": 30.0, "options": {"expires": 25}},
    # domain 2.2: a year whose days off were not announced is estimated, so that no deadline goes without a day.
    "estimate years": {"task": "core.estimate_years", "schedule": crontab(minute=1)},
    # practice P22: the day that is over, as it stood at its 24:00; days of an outage are made good.
    "compile days": {"task": "followup.compile_days", "schedule": crontab(hour=0, minute=3)},
    # A unit changes its manager on the day that was announced, before anything is written for that day.
    "move units": {"task": "accounts.apply_moves", "schedule": crontab(hour=0, minute=5)},
    # 四(一)-5, -6: the due list of the running periods; also catches up after an outage.
    "write due items": {"task": "schedule.generate", "schedule": crontab(hour=0, minute=20)},
    # Does the list say what the rules say? Told on the home pages of those who look after the whole.
    "check due items": {"task": "schedule.self_check", "schedule": crontab(hour=3, minute=20)},
    # What the overviews add up from; while this stands still they count live, slower and as right.
    "fold tallies": {"task": "desk.fold_tallies", "schedule": 10.0, "options": {"expires": 9}},
    "check tallies": {"task": "desk.check_tallies", "schedule": crontab(hour=3, minute=50)},
    # practice P1: one table for each village and period, drafted by itself once the period is over.
    "draft tables": {"task": "records.draft_sheets", "schedule": crontab(hour=0, minute=50)},
    # Photographs for a form that nobody submitted go after 30 days.
    "drop forgotten photographs": {
        "task": "records.drop_forgotten_photos",
        "schedule": crontab(hour=2, minute=15),
    },
    # 四(一)-3: everybody sees by the dates where an entrustment stands; this gives the people back.
    "expire transitions": {"task": "roster.expire_transitions", "schedule": crontab(hour=0, minute=8)},
    "expire grants": {"task": "roster.expire_grants", "schedule": crontab(hour=0, minute=10)},
    # 二-G3: questions for the clerk; nobody leaves a class by it.
    "open reviews": {"task": "roster.open_reviews", "schedule": crontab(hour=1, minute=10)},
    "forget old lists": {"task": "roster.forget", "schedule": crontab(hour=2, minute=30)},
    # Seven days for what somebody could not send (docs/adr/0021).
    "forget lists of accounts": {"task": "accounts.forget", "schedule": crontab(hour=2, minute=35)},
    # 五(三)-8, -10: who must know that a day comes near or is over; each level once, however often this runs.
    "remind": {"task": "followup.remind", "schedule": crontab(hour="8-18", minute="*/15")},
    "remind at night": {"task": "followup.remind", "schedule": crontab(hour=0, minute=10)},
    # 五(三)-9, E7: an emergency that nobody took, and who was not found in 24 hours, at any hour; two queries while
    # there is neither.
    "tell of emergencies": {
        "task": "followup.alarm",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 240},
    },
    # What somebody wants by e-mail, or a unit in its chat group; a hint hurries what is urgent.
    "send messages": {"task": "core.send", "schedule": 60.0, "options": {"expires": 55}},
    # At 8:30 of working days; later rounds only catch up.
    "make digests": {"task": "core.digests", "schedule": crontab(hour="8-18", minute="0,15,30,45")},
    # Import sources hold full id numbers and go after seven days.
    "delete expired files": {"task": "kit.delete_expired_files", "schedule": crontab(hour=2, minute=40)},
}
