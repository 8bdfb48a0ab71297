"""The two rules of the guideline (四(一)-5, -6). A county may be stricter, never looser."""

from datetime import date

from accounts.models import Region
from visits.schedule.models import FrequencyRule

GUIDELINE = "榕民〔2018〕215号"
STARTS = date(2018, 1, 1)
MODES = ["home", "phone", "video", "wechat", "institution", "hospital", "other"]
RULES = (
    ("key", "quarter", "重点对象：每季度至少一次", "四（一）：重点巡访对象，每季度至少探访一次"),
    ("general", "half", "普遍对象：每半年至少一次", "四（一）：普遍巡访对象，每半年至少探访一次"),
)


def seed(city: Region) -> None:
    for position, (tier, kind, sentence, clause) in enumerate(RULES):
        FrequencyRule.objects.get_or_create(
            region=city,
            tier=tier,
            group=None,
            ends_on=None,
            defaults={
                "kind": kind,
                "modes": MODES,
                "sentence": sentence,
                "clause": clause,
                "document_no": GUIDELINE,
                "position": position,
                "starts_on": STARTS,
            },
        )
