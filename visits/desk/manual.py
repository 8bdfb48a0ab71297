"""The manuals of docs/手册 as pages: who reads which, and the few marks they are written with."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings

from accounts.roles import Role

VISITOR = "巡访人"
# Who signs also visits, and begins with the visitor's.
READ: dict[Role, tuple[str, ...]] = {
    Role.VISITOR: (VISITOR,),
    Role.VILLAGE_HEAD: (VISITOR, "村居主任和包村干部"),
    Role.LIAISON: (VISITOR, "村居主任和包村干部"),
    Role.TOWNSHIP_CLERK: ("民政办经办人",),
    Role.TOWNSHIP_HEAD: ("乡镇主要负责人",),
    Role.COUNTY_OFFICER: ("县级",),
    Role.COUNTY_HEAD: ("县级",),
    Role.CITY_SUPERVISOR: ("市局",),
    Role.CITY_BUSINESS: ("市局",),
    Role.INSPECTOR: ("管理员和审计员",),
    Role.SYSTEM_ADMIN: ("管理员和审计员",),
    Role.AUDITOR: ("管理员和审计员",),
}
MARKS = re.compile(r"(\*\*.+?\*\*|\[[^\]]+\]\([^)]+\))")
ITEM = re.compile(r"(-|\d+\.) (.*)")
PICTURE = re.compile(r"!\[([^\]]*)\]\(图/(.+)\)")


@dataclass
class Block:
    """`kind`: h2, p, ul, ol or picture. A picture stands between blocks; a list goes on behind it (`start`)."""

    kind: str
    text: str = ""
    items: list[str] = field(default_factory=list)
    start: int = 1
    alt: str = ""

    @property
    def words(self) -> list[tuple[bool, str]]:
        return spans(self.text)

    @property
    def rows(self) -> list[list[tuple[bool, str]]]:
        return [spans(item) for item in self.items]


def spans(text: str) -> list[tuple[bool, str]]:
    """Pieces of a line, each bold or not. A link to another manual is its words."""
    found = []
    for piece in MARKS.split(text):
        bold, link = piece.startswith("**"), re.fullmatch(r"\[([^\]]+)\]\([^)]+\)", piece)
        found.append((bold, piece.strip("*") if bold else link[1] if link else piece))
    return [one for one in found if one[1]]


def of(roles: frozenset[Role]) -> list[tuple[str, list[Block]]]:
    """Title and blocks of each manual for whoever has these roles, none twice."""
    names = dict.fromkeys(name for role in READ if role in roles for name in READ[role])
    return [read(name) for name in names]


@lru_cache
def read(name: str) -> tuple[str, list[Block]]:
    """One manual, in pieces that a template shows."""
    text = (settings.BASE_DIR / "docs" / "手册" / f"{name}.md").read_text("utf-8")
    first, *lines = text.splitlines()
    blocks: list[Block] = []
    open_ = False  # a paragraph or an item goes on with the next line
    for line in lines:
        bare = line.strip()
        if not bare:
            open_ = False
        elif picture := PICTURE.fullmatch(bare):
            blocks.append(Block("picture", text=f"manual/{picture[2]}", alt=picture[1]))
            open_ = False
        elif bare.startswith("## "):
            blocks.append(Block("h2", text=bare[3:]))
            open_ = False
        elif item := ITEM.fullmatch(line):
            _add_item(blocks, item[1], item[2])
            open_ = True
        elif open_ and blocks[-1].items:
            blocks[-1].items[-1] += bare
        elif open_:
            blocks[-1].text += bare
        else:
            blocks.append(Block("p", text=bare))
            open_ = True
    return first.removeprefix("# "), blocks


def _add_item(blocks: list[Block], mark: str, text: str) -> None:
    kind = "ul" if mark == "-" else "ol"
    if not blocks or blocks[-1].kind != kind:
        blocks.append(Block(kind, start=int(mark[:-1]) if kind == "ol" else 1))
    blocks[-1].items.append(text)
