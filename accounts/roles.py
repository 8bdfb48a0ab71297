"""The roles, and what the system grants each, as data."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Role(StrEnum):
    VISITOR = "visitor"
    VILLAGE_HEAD = "village_head"
    LIAISON = "liaison"
    TOWNSHIP_CLERK = "township_clerk"
    TOWNSHIP_HEAD = "township_head"
    COUNTY_OFFICER = "county_officer"
    COUNTY_HEAD = "county_head"
    CITY_SUPERVISOR = "city_supervisor"
    CITY_BUSINESS = "city_business"
    INSPECTOR = "inspector"
    SYSTEM_ADMIN = "system_admin"
    AUDITOR = "auditor"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(role.value, ROLES[role].label) for role in cls]


@dataclass(frozen=True)
class RoleFacts:
    """`level`: at which level of the tree the post stands (1 city … 4 village, 0 any).
    `cases`: may see people's files. `ids`: may ask to see a full id number, with a reason."""

    label: str
    level: int
    cases: bool
    idle: timedelta
    absolute: timedelta
    ids: bool = False
    writes_visits: bool = False


_VILLAGE = {"idle": timedelta(hours=2), "absolute": timedelta(hours=12)}  # practice P9
_OFFICE = {"idle": timedelta(minutes=30), "absolute": timedelta(hours=8)}

ROLES: dict[Role, RoleFacts] = {
    Role.VISITOR: RoleFacts("巡访人", 0, True, writes_visits=True, **_VILLAGE),
    Role.VILLAGE_HEAD: RoleFacts("村（居）主任", 4, True, writes_visits=True, **_VILLAGE),
    Role.LIAISON: RoleFacts("包村干部", 4, True, writes_visits=True, **_VILLAGE),
    Role.TOWNSHIP_CLERK: RoleFacts("民政办经办人", 3, True, ids=True, writes_visits=True, **_OFFICE),
    Role.TOWNSHIP_HEAD: RoleFacts("乡镇（街道）主要负责人", 3, True, **_OFFICE),
    Role.COUNTY_OFFICER: RoleFacts("县级经办人", 2, True, ids=True, **_OFFICE),
    Role.COUNTY_HEAD: RoleFacts("县级负责人", 2, True, ids=True, **_OFFICE),
    Role.CITY_SUPERVISOR: RoleFacts("市局督查人员", 1, True, **_OFFICE),
    Role.CITY_BUSINESS: RoleFacts("市级业务管理员", 1, False, **_OFFICE),
    Role.INSPECTOR: RoleFacts("外部检查人员", 0, True, **_OFFICE),
    Role.SYSTEM_ADMIN: RoleFacts("系统管理员", 1, False, **_OFFICE),
    Role.AUDITOR: RoleFacts("安全审计员", 1, False, **_OFFICE),
}

PUBLIC = frozenset({"public"})
EVERYONE = frozenset(Role)
VILLAGE = frozenset({Role.VISITOR, Role.VILLAGE_HEAD, Role.LIAISON})
TOWNSHIP = frozenset({Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD})
COUNTY = frozenset({Role.COUNTY_OFFICER, Role.COUNTY_HEAD})
# Who sees a person's file in the ordinary way.
CASES = VILLAGE | TOWNSHIP | COUNTY | {Role.INSPECTOR}
# The city opens one file at a time, with a reason (practice P30): its scope is nobody until one was written.
READS_FILES = CASES | {Role.CITY_SUPERVISOR}
READS_CASEWORK = TOWNSHIP | COUNTY | {Role.CITY_SUPERVISOR}
WRITES_VISITS = frozenset(role for role, facts in ROLES.items() if facts.writes_visits)
SIGNATORIES = frozenset({Role.VILLAGE_HEAD, Role.LIAISON, Role.TOWNSHIP_HEAD})
READS_SHEETS = SIGNATORIES | COUNTY | {Role.TOWNSHIP_CLERK, Role.INSPECTOR}
OVERVIEW = TOWNSHIP | COUNTY | {Role.CITY_SUPERVISOR, Role.INSPECTOR}
ADMINS = frozenset({Role.SYSTEM_ADMIN, Role.CITY_BUSINESS})
