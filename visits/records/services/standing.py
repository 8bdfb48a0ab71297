"""What stands on a person's file because somebody has signed for it."""

from visits.records.models import Sheet, SheetLine, Signature


def signed_visit(person_id: int) -> str:
    """Why a file can't be voided: a table with this person on it was signed. "" when none was."""
    sheets = SheetLine.objects.filter(person_id=person_id).values("sheet_id")
    signed = Signature.objects.filter(sheet_id__in=sheets).exclude(sheet__state=Sheet.State.VOIDED)
    if signed.exists():
        return "这个人的巡访结果已经有人签过字，不能整份作废；不再巡访的请登记迁出，或结束类别"
    return ""
