from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "visits.records"
    label = "visits_records"

    def ready(self) -> None:
        from accounts import handover, regions, typed
        from visits.records import exporting, field_names, merging, rounds, rule_impact
        from visits.records.selectors import known, tried
        from visits.records.services import (
            back_home,
            fulfilling,
            handing_over,
            knowing,
            photographs,
            sheets,
            standing,
            visiting,
        )
        from visits.roster import outcomes, reviewing
        from visits.roster.services import common as roster
        from visits.roster.services import guarded, keeping, reviews
        from visits.schedule import cards
        from visits.schedule import services as schedule

        typed.namers.append(field_names.name_of)
        schedule.after_writing.append(fulfilling.catch_up)
        cards.tried |= {"tries": tried.tries, "next_on": tried.next_on}
        rounds.register()
        rule_impact.register()
        exporting.register()
        regions.after_move.append(sheets.follow_units)
        guarded.before_void.append(standing.signed_visit)
        visiting.after_submit.append(photographs.take_in)  # before anything is sealed
        visiting.after_submit.append(sheets.sign_singly)
        visiting.after_void.append(sheets.void_singles)
        visiting.after_submit.append(back_home.note_back)
        visiting.after_void.append(back_home.take_back)
        visiting.after_void.append(knowing.take_back)
        reviewing.asked_above["known_review"] = known.REVIEW_QUESTION
        reviews.answers_above[outcomes.KNOWN_AGAIN] = knowing.keep_by_answer
        reviews.answers_above[outcomes.KNOWN_END] = knowing.end_by_answer
        for kind in handing_over.KINDS:
            handover.register(kind)
        keeping.keepers.extend(merging.KEEPERS)
        roster.after_merge.append(merging.follow_merge)
        roster.seen_after.append(merging.seen_after)
        roster.last_visited.append(merging.last_visited)
