"""The tree of managing units: its traps, a newer list, moves and merges, and who is told of them."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings

from accounts import region_source, regions
from accounts.models import LogEntry, Post, Region, RegionMove
from accounts.models.region import Level
from accounts.region_source import BadSource, decode, display_name, read
from accounts.roles import Role
from accounts.scoping import duty_of

DAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
CSV = (Path(settings.BASE_DIR) / "data" / "fuzhou_regions.csv").read_text(encoding="utf-8")
HEAD = "code,name,level,parent_code\n"
pytestmark = pytest.mark.django_db


def apply(text: str, cast: Any, *, end: tuple[str, ...] = (), on: dt.date = DAY) -> region_source.Difference:
    return regions.apply(read(text), end=end, by=cast.city_business, at=NOON, on=on)


@pytest.fixture
def follows() -> Any:
    """What a higher room would be told."""
    told: list[dict[int, regions.Place]] = []

    def function(places: Any, *, by: Any, at: Any) -> None:
        told.append(dict(places))

    regions.after_move.append(function)
    yield told
    regions.after_move.remove(function)


@pytest.fixture
def objection() -> Any:
    asked: list[set[int]] = []

    def function(ids: Any) -> None:
        asked.append(set(ids))
        raise regions.CannotChange("里面还有23人，请先移到别处")

    regions.before_end.append(function)
    yield asked
    regions.before_end.remove(function)


# ── what was seeded ──────────────────────────────────────────────────────────────────────────────


def test_the_city_has_3223_units_and_each_knows_the_three_above_it() -> None:
    assert Region.objects.count() == 3223
    assert list(
        Region.objects.order_by("level").values_list("level").distinct().values_list("level", flat=True)
    ) == [1, 2, 3, 4]
    for village in Region.objects.filter(level=4).select_related("parent__parent")[::97]:
        assert village.village_id == village.pk
        assert village.township_id == village.parent.pk
        assert village.county_id == village.parent.parent.pk
        assert village.path == f"{village.parent.path}{village.pk}/"


def test_gaoxin_has_no_code_and_manages_nanyu_though_it_is_coded_under_minhou() -> None:
    gaoxin = Region.objects.get(key="GX")
    nanyu = Region.objects.get(name="南屿镇")
    assert gaoxin.code is None
    assert nanyu.code is not None
    assert nanyu.code.startswith("350121")
    assert nanyu.parent == gaoxin
    assert nanyu.county_id == gaoxin.pk
    assert not Region.objects.filter(parent=nanyu).exclude(county_id=gaoxin.pk).exists()


def test_pingtan_and_mazu_are_there_and_stay_out_with_a_reason() -> None:
    pingtan = Region.objects.get(key="350128")
    mazu = Region.objects.get(key="350122400")
    for unit in (pingtan, mazu):
        assert not unit.active
        assert unit.inactive_reason
        below = Region.objects.under(unit)
        assert not below.filter(active=True).exists()
    assert not Region.objects.live(DAY).filter(path__startswith=pingtan.path).exists()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("月洲村委会", "月洲村"),
        ("东街社区居民委员会", "东街社区"),
        ("东街社区居委会", "东街社区"),
        ("溪口村民委员会", "溪口村"),
        ("溪口村村民委员会", "溪口村"),
        ("村委会", "村委会"),
        ("琅岐经济区", "琅岐经济区"),
    ],
)
def test_a_village_is_shown_by_the_name_people_use(written: str, shown: str) -> None:
    assert display_name(written, 4) == shown


def test_two_villages_of_one_township_never_show_the_same_name() -> None:
    seen = list(Region.objects.filter(level=4).values_list("parent_id", "name"))
    assert len(seen) == len(set(seen))


# ── a list that can't be one ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "第1行要有四列"),
        ("代码,名称\n", "第1行要有四列"),
        (HEAD, "文件里没有单位"),
        (HEAD + "3501,福州市,city,\n35010,鼓楼区,county,3501\n", "第3行：代码应是6位数字"),
        (HEAD + "3501,福州市,city,\n35010a,鼓楼区,county,3501\n", "第3行：代码应是6位数字"),
        (HEAD + "3501,福州市,city,\n３５０１０２,鼓楼区,county,3501\n", "第3行：代码应是6位数字"),
        (HEAD + "3501,福州市,city,\n350102,鼓楼区,district,3501\n", "第3行：级别只能是"),
        (HEAD + "3501,福州市,city,\n350102,鼓楼区,county,3501\n350102,鼓楼区,county,3501\n", "第4行：代码350102出现两次"),
        (HEAD + "3501,福州市,city,\n350102001,东街街道,township,350102\n", "第3行：上级350102不在前面"),
        (HEAD + "3501,福州市,city,\n360102,鼓楼区,county,3501\n", "第3行：上级代码和本级代码对不上"),
        (HEAD + "3501,福州市,city,\n350102,,county,3501\n", "第3行：名称要有1到40个字"),
        (HEAD + "3501,福州市,city,\n350102," + "长" * 41 + ",county,3501\n", "第3行：名称要有1到40个字"),
        (HEAD + "3501,福州市,city,\n350102,鼓楼区\n", "第3行：级别只能是"),
    ],
)  # fmt: skip
def test_a_wrong_list_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(BadSource, match=sentence):
        read(text)


def test_a_list_may_be_in_either_usual_encoding_and_nothing_else() -> None:
    text = HEAD + "3501,福州市,city,\n"
    assert decode(text.encode("gb18030")) == decode(text.encode("utf-8-sig")) == text
    for content in (b"\xff\xfe\x00\x01", b"PK\x03\x04\x00\x00", b"\x81"):
        with pytest.raises(BadSource, match="请另存为CSV"):
            decode(content)


# ── a newer list ─────────────────────────────────────────────────────────────────────────────────


def test_the_same_list_again_is_no_difference(cast: Any) -> None:
    change = regions.difference(read(CSV))
    assert change.empty
    assert change.same == 3223
    before = list(Region.objects.order_by("pk").values())
    apply(CSV, cast)
    assert list(Region.objects.order_by("pk").values()) == before


def test_a_newer_list_adds_renames_and_ends_only_what_was_ticked(cast: Any) -> None:
    village, other = cast.village, cast.other_village
    text = CSV.replace(f"{village.code},{village.source_name}", f"{village.code},新月洲村委会")
    text = text.replace(f"{other.code},{other.source_name},village,{cast.township.code}\n", "")
    text += f"{cast.township.code}299,溪源头村委会,village,{cast.township.code}\n"
    change = regions.difference(read(text))
    assert [unit.name for unit in change.new] == ["溪源头村"]
    assert [(unit.name, was) for unit, was in change.renamed] == [("新月洲村", "月洲村")]
    assert change.gone == [other.code]
    apply(text, cast)
    other.refresh_from_db()
    assert other.valid_to is None
    apply(text, cast, end=(other.code,))
    other.refresh_from_db()
    village.refresh_from_db()
    assert other.valid_to == dt.date(2026, 11, 23)
    assert village.name == "新月洲村"
    new = Region.objects.get(name="溪源头村")
    assert (new.township_id, new.valid_from) == (cast.township.pk, DAY)
    assert regions.difference(read(text)).empty
    entry = LogEntry.objects.filter(action="units_imported").order_by("at").last()
    assert entry is not None
    assert entry.actor_id == cast.city_business.pk
    assert sorted(
        LogEntry.objects.filter(action="units_imported").values_list("detail__ended", flat=True)
    ) == [0, 1]


def test_an_ended_unit_does_not_come_back_by_itself(cast: Any) -> None:
    Region.objects.filter(pk=cast.other_village.pk).update(valid_to=dt.date(2026, 1, 1))
    change = regions.difference(read(CSV))
    assert [unit.code for unit in change.ended] == [cast.other_village.code]
    apply(CSV, cast)
    assert Region.objects.filter(code=cast.other_village.code).count() == 1


def test_a_unit_under_a_new_code_is_the_same_unit(cast: Any, follows: Any) -> None:
    old = cast.township.code
    new = cast.other_township.code[:6] + "298"
    county = cast.township.code[:6]
    text = CSV.replace(old, new).replace(f",{new[:9]},{county}", f",{new[:9]},{county}")
    change = regions.difference(read(text))
    assert not change.new
    assert not change.gone
    villages = Region.objects.filter(parent=cast.township).count()
    assert len(change.moved) == 1 + villages
    apply(text, cast)
    cast.township.refresh_from_db()
    cast.village.refresh_from_db()
    assert cast.township.code == new
    assert cast.village.code.startswith(new)
    assert cast.village.key.startswith(old)
    assert follows == []  # the manager is the same: nobody's rows have to follow
    assert Region.objects.count() == 3223


def test_a_township_under_a_new_county_takes_its_rows_along(cast: Any, follows: Any) -> None:
    old, target = cast.township.code, cast.other_county
    new = f"{target.code}297"
    lines = [line for line in CSV.splitlines() if old not in line]
    moved = [line.replace(old, new) for line in CSV.splitlines() if old in line]
    moved = [line.replace(f",township,{cast.county.code}", f",township,{target.code}") for line in moved]
    change = apply("\n".join([*lines, *moved]) + "\n", cast)
    assert len(change.moved) == len(moved)
    cast.village.refresh_from_db()
    assert (cast.village.county_id, cast.village.township_id) == (target.pk, cast.township.pk)
    assert follows[0][cast.village.pk] == regions.Place(target.pk, cast.township.pk, cast.village.pk)


def test_a_gone_unit_with_living_ones_below_is_not_ended(cast: Any) -> None:
    gone = [line for line in CSV.splitlines() if cast.township.code not in line]
    with pytest.raises(regions.CannotChange, match="还在用"):
        apply("\n".join(gone), cast, end=(cast.township.code,))
    cast.township.refresh_from_db()
    assert cast.township.valid_to is None


def test_whoever_keeps_people_may_object_to_an_end(cast: Any, objection: Any) -> None:
    text = "\n".join(line for line in CSV.splitlines() if not line.startswith(f"{cast.village.code},"))
    with pytest.raises(regions.CannotChange, match="里面还有23人"):
        apply(text, cast, end=(cast.village.code,))
    assert objection == [{cast.village.pk}]
    cast.village.refresh_from_db()
    assert cast.village.valid_to is None


# ── one unit ─────────────────────────────────────────────────────────────────────────────────────


def move(cast: Any, unit: Region, to: Region, *, starts_on: dt.date = DAY) -> RegionMove:
    return regions.move(
        region_id=unit.pk, to_id=to.pk, starts_on=starts_on, document_no="榕民〔2026〕1号",
        by=cast.city_business, at=NOON, on=DAY,
    )  # fmt: skip


def test_a_township_moves_with_all_its_villages_and_their_rows(cast: Any, follows: Any) -> None:
    gaoxin = Region.objects.get(key="GX")
    move(cast, cast.township, gaoxin)
    cast.township.refresh_from_db()
    cast.village.refresh_from_db()
    assert cast.township.parent == gaoxin
    assert (cast.village.county_id, cast.village.township_id) == (gaoxin.pk, cast.township.pk)
    assert cast.village.path.startswith(gaoxin.path)
    assert follows[0][cast.village.pk].county_id == gaoxin.pk
    assert set(follows[0]) == set(Region.objects.under(cast.township).values_list("pk", flat=True))
    entry = LogEntry.objects.get(action="unit_moved")
    assert entry.detail["was"] == cast.county.pk
    assert regions.difference(read(CSV)).empty  # moved by hand: the list does not move it back


def test_a_single_village_comes_to_gaoxin_under_one_of_its_townships(cast: Any) -> None:
    gaoxin, nanyu = Region.objects.get(key="GX"), Region.objects.get(name="南屿镇")
    with pytest.raises(regions.CannotChange, match="要放在乡镇"):
        move(cast, cast.village, gaoxin)
    move(cast, cast.village, nanyu)
    cast.village.refresh_from_db()
    assert (cast.village.county_id, cast.village.township_id) == (gaoxin.pk, nanyu.pk)


def test_a_move_to_come_waits_for_its_day_and_happens_once(cast: Any, follows: Any) -> None:
    nanyu = Region.objects.get(name="南屿镇")
    move(cast, cast.village, nanyu, starts_on=dt.date(2026, 12, 1))
    cast.village.refresh_from_db()
    assert cast.village.parent == cast.township
    assert regions.apply_moves(on=dt.date(2026, 11, 30), at=NOON) == 0
    assert regions.apply_moves(on=dt.date(2026, 12, 3), at=NOON) == 1  # also after days of standstill
    assert regions.apply_moves(on=dt.date(2026, 12, 3), at=NOON) == 0
    cast.village.refresh_from_db()
    assert cast.village.parent == nanyu
    assert len(follows) == 1


def test_a_second_plan_takes_the_place_of_the_first(cast: Any) -> None:
    move(cast, cast.village, Region.objects.get(name="南屿镇"), starts_on=dt.date(2026, 12, 1))
    move(cast, cast.village, cast.other_township, starts_on=dt.date(2027, 1, 1))
    assert [row.to for row in RegionMove.objects.filter(applied_at=None)] == [cast.other_township]


def test_a_unit_does_not_move_to_where_it_is(cast: Any) -> None:
    with pytest.raises(regions.CannotChange, match="现在就在"):
        move(cast, cast.village, cast.township)


def test_a_row_that_can_not_follow_stops_the_move(cast: Any) -> None:
    def fails(places: Any, **_: Any) -> None:
        raise regions.CannotChange("有人正在改这里的名单，请稍后再移")

    regions.after_move.append(fails)
    try:
        with pytest.raises(regions.CannotChange):
            move(cast, cast.village, cast.other_township)
    finally:
        regions.after_move.remove(fails)
    cast.village.refresh_from_db()
    assert cast.village.parent == cast.township
    assert not RegionMove.objects.exists()


def test_a_village_merges_into_its_neighbour_and_its_head_stays_in_charge(cast: Any, follows: Any) -> None:
    regions.merge(
        region_id=cast.village.pk, into_id=cast.other_village.pk, starts_on=DAY, by=cast.city_business,
        at=NOON, on=DAY,
    )  # fmt: skip
    cast.village.refresh_from_db()
    assert cast.village.valid_to == dt.date(2026, 11, 23)
    assert cast.village.replaced_by == cast.other_village
    place = regions.Place(cast.county.pk, cast.township.pk, cast.other_village.pk)
    assert follows == [{cast.village.pk: place}]
    assert cast.other_village.pk in duty_of(cast.village_head, DAY).unit_ids(Role.VILLAGE_HEAD)


def test_the_villages_of_a_merged_township_go_along(cast: Any, follows: Any) -> None:
    count = Region.objects.filter(parent=cast.township).count()
    regions.merge(
        region_id=cast.township.pk, into_id=cast.other_township.pk, starts_on=DAY, by=cast.city_business,
        at=NOON, on=DAY,
    )  # fmt: skip
    assert not Region.objects.filter(parent=cast.township).exists()
    cast.village.refresh_from_db()
    assert cast.village.township_id == cast.other_township.pk
    assert len(follows) == count + 1


@pytest.mark.parametrize(
    ("into", "starts_on", "sentence"),
    [
        ("other_county_village", DAY, "只能并入同一个上级"),
        ("village", DAY, "只能并入同一个上级"),
        ("township", DAY, "只能并入同一个上级"),
        ("other_village", dt.date(2026, 11, 25), "今天或以前"),
        ("other_village", dt.date(2010, 1, 1), "也不能早于"),
    ],
)
def test_a_merge_that_makes_no_sense_is_refused(
    cast: Any, into: str, starts_on: dt.date, sentence: str
) -> None:
    with pytest.raises(regions.CannotChange, match=sentence):
        regions.merge(
            region_id=cast.village.pk, into_id=getattr(cast, into).pk, starts_on=starts_on,
            by=cast.city_business, at=NOON, on=DAY,
        )  # fmt: skip


def switch(cast: Any, unit: Region, active: bool, reason: str = "") -> Region:
    return regions.switch(
        region_id=unit.pk, active=active, reason=reason, by=cast.city_business, at=NOON, on=DAY
    )


def test_pingtan_can_be_switched_on_with_everything_below_it(cast: Any) -> None:
    pingtan = Region.objects.get(key="350128")
    switch(cast, pingtan, True)
    assert not Region.objects.under(pingtan).filter(active=False).exists()
    assert LogEntry.objects.get(action="unit_switched_on").detail["units"] > 100


def test_switching_on_leaves_what_was_out_for_another_reason(cast: Any) -> None:
    switch(cast, cast.village, False, "整村搬迁")
    switch(cast, cast.township, False, "划转")
    switch(cast, cast.township, True)
    cast.village.refresh_from_db()
    cast.other_village.refresh_from_db()
    assert (cast.village.active, cast.other_village.active) == (False, True)


def test_a_unit_needs_a_reason_to_go_and_a_manager_to_come_back(cast: Any) -> None:
    with pytest.raises(regions.CannotChange, match="要写原因"):
        switch(cast, cast.village, False)
    switch(cast, cast.township, False, "划转")
    with pytest.raises(regions.CannotChange, match="请先启用上级"):
        switch(cast, Region.objects.get(pk=cast.village.pk), True)


def test_a_new_name_leaves_the_listed_one_and_must_be_told_apart(cast: Any) -> None:
    def rename(name: str) -> Region:
        return regions.rename(region_id=cast.village.pk, name=name, by=cast.city_business, at=NOON, on=DAY)

    assert rename("月洲古村").source_name == cast.village.source_name
    assert regions.difference(read(CSV)).empty
    with pytest.raises(regions.CannotChange, match="已经有"):
        rename(cast.other_village.name)


def test_an_ended_unit_does_not_change_any_more(cast: Any) -> None:
    Region.objects.filter(pk=cast.village.pk).update(valid_to=dt.date(2026, 1, 1))
    with pytest.raises(regions.CannotChange, match="已经停用"):
        move(cast, cast.village, cast.other_township)


def test_every_change_of_a_unit_is_in_its_history(cast: Any) -> None:
    events = apps.get_model("accounts", "RegionEvent").objects
    before = events.count()
    move(cast, cast.township, Region.objects.get(key="GX"))
    rows = Region.objects.under(Region.objects.get(pk=cast.township.pk)).count()
    assert events.count() == before + rows
    assert Post.objects.filter(region=cast.township).exists()


def add(cast: Any, under: Region, **values: Any) -> Region:
    given: dict[str, Any] = {"name": "新月乡", "code": None, "starts_on": DAY, **values}
    return regions.add(region_id=under.pk, by=cast.city_business, at=NOON, on=DAY, **given)


def test_a_township_splits_a_new_one_is_made_and_a_village_moves_there(cast: Any, follows: Any) -> None:
    fresh = add(cast, cast.county)
    assert (fresh.level, fresh.county_id, fresh.township_id, fresh.village_id) == (
        Level.TOWNSHIP,
        cast.county.pk,
        fresh.pk,
        None,
    )
    assert fresh.path == f"{cast.county.path}{fresh.pk}/"
    assert not fresh.key.isdecimal()
    regions.move(
        region_id=cast.village.pk, to_id=fresh.pk, starts_on=DAY, document_no="", by=cast.city_business,
        at=NOON, on=DAY,
    )  # fmt: skip
    assert follows[-1][cast.village.pk].township_id == fresh.pk
    assert Region.objects.get(pk=cast.village.pk).path.startswith(fresh.path)


def test_a_unit_to_come_is_not_there_before_its_day(cast: Any) -> None:
    fresh = add(cast, cast.township, name="新月村", starts_on=DAY + dt.timedelta(days=1))
    assert not Region.objects.live(DAY).filter(pk=fresh.pk).exists()
    assert Region.objects.live(DAY + dt.timedelta(days=1)).filter(pk=fresh.pk).exists()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"name": "嵩口镇"}, "下面已经有“嵩口镇”"),
        ({"code": "12345"}, "是9位数字"),
        ({"code": "350125103"}, "这个统计代码是“"),
        ({"starts_on": dt.date(1990, 1, 1)}, "日期不能更早"),
    ],
    ids=["a name that is there", "a code of another length", "a code that is taken", "before its manager"],
)
def test_a_unit_that_makes_no_sense_is_not_added(cast: Any, values: Any, why: str) -> None:
    with pytest.raises(regions.CannotChange, match=why):
        add(cast, cast.county, **values)


def test_nothing_is_added_under_a_village_or_what_is_out(cast: Any) -> None:
    with pytest.raises(regions.CannotChange, match="不再设单位"):
        add(cast, cast.village)
    with pytest.raises(regions.CannotChange, match="没有启用"):
        add(cast, Region.objects.get(key="350128"))


def test_a_newer_list_knows_the_unit_that_was_added_with_its_code(cast: Any) -> None:
    code = f"{cast.township.code}998"
    add(cast, cast.township, name="新月村", code=code)
    change = regions.difference(read(f"{CSV.rstrip()}\n{code},新月村委会,village,{cast.township.code}\n"))
    assert change.new == []
    assert change.gone == []
