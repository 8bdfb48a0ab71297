"""Id numbers, disability certificates and telephone numbers: every fault has its own sentence."""

import datetime as dt
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from visits.core.idnumber import (
    PROVINCES,
    IdNumberError,
    age_on,
    check_char,
    mask,
    parse,
    parse_disability,
)
from visits.core.phone import PhoneError, is_mobile, normalise_phone, spaced

TODAY = date(2026, 11, 24)


def number(county="350102", born="19430821", order="002"):
    seventeen = county + born + order
    return seventeen + check_char(seventeen)


WOMAN = number()


def test_the_check_character_follows_the_published_example():
    assert check_char("11010519491231002") == "X"
    assert check_char("44052418800101001") == "4"


@pytest.mark.parametrize("seventeen", ["1234", "3501021943082100X", "３５０１０２１９４３０８２１００２"])
def test_the_check_character_needs_seventeen_plain_digits(seventeen):
    with pytest.raises(ValueError, match="17 digits"):
        check_char(seventeen)


def test_a_good_number_gives_birth_date_and_sex():
    woman = parse(WOMAN, TODAY)
    assert (woman.birth_date, woman.sex, woman.kind, woman.warnings) == (
        date(1943, 8, 21),
        "F",
        "resident",
        (),
    )
    assert parse(number(order="003"), TODAY).sex == "M"


@pytest.mark.parametrize(
    "typed",
    [
        f"  {WOMAN[:6]} {WOMAN[6:14]}\u3000{WOMAN[14:]}\n",
        f"{WOMAN[:6]}-{WOMAN[6:14]}—{WOMAN[14:]}",
        f"'{WOMAN}",
        f"\ufeff{WOMAN}\u200b",
        "".join(chr(ord(char) + 0xFEE0) for char in WOMAN),
    ],
    ids=[
        "spaces",
        "hyphens",
        "the apostrophe of a text cell",
        "invisible characters",
        "full-width characters",
    ],
)
def test_what_does_not_belong_to_the_number_is_dropped(typed):
    assert parse(typed, TODAY).number == WOMAN


@pytest.mark.parametrize(
    "last", ["x", "ｘ", "Ｘ", "×"], ids=["small", "small and wide", "wide", "times sign"]
)
def test_a_last_x_is_taken_in_any_shape(last):
    assert parse("11010519491231002" + last, TODAY).number == "11010519491231002X"


@pytest.mark.parametrize(
    "county",
    ["350112", "350182", "350181", "359900", "350121", "510202", "110103"],
    ids=[
        "new district",
        "former code",
        "city since 1990",
        "no such county",
        "unchanged",
        "elsewhere",
        "abolished",
    ],
)
def test_an_elderly_person_is_never_refused_for_the_county_code(county):
    assert parse(number(county=county, born="19360105"), TODAY).birth_date == date(1936, 1, 5)


@pytest.mark.parametrize("prefix", ["81", "82", "83"])
def test_residence_permits_of_hong_kong_macau_and_taiwan_are_taken(prefix):
    assert parse(number(county=prefix + "0000"), TODAY).kind == "permit"


def test_an_old_number_of_fifteen_digits_is_completed_with_a_warning():
    old = parse("350102430821002", TODAY)
    assert old.number == WOMAN
    assert old.warnings == ("这是15位旧号，已补成18位，请与现在的证件核对",)


FAULTS = [
    ("nothing typed", "", "empty", "还没有填身份证号，请对照证件填18位号码"),
    ("only spaces", " \u3000", "empty", "还没有填身份证号，请对照证件填18位号码"),
    ("one digit missing", WOMAN[:17], "length", "位数不对（现17位，应为18位），请对照证件补全"),
    ("one digit too many", WOMAN + "1", "length", "位数不对（现19位，应为18位），请对照证件补全"),
    (
        "a letter inside",
        WOMAN[:4] + "O" + WOMAN[5:],
        "character",
        "第5位不是数字，请对照证件改正（只有第18位可以是X）",
    ),
    (
        "an X before the end",
        WOMAN[:16] + "X0",
        "character",
        "第17位不是数字，请对照证件改正（只有第18位可以是X）",
    ),
    ("Arabic digits", "٣" + WOMAN[1:], "character", "第1位不是数字，请对照证件改正（只有第18位可以是X）"),
    ("an unknown province", number(county="990102"), "province", "前两位不是省份代码，请核对第1、2位"),
    ("30 February", number(born="19430230"), "date", "出生日期不存在，请核对第7到14位"),
    ("29 February in a common year", number(born="19430229"), "date", "出生日期不存在，请核对第7到14位"),
    ("month 13", "350102431321002", "date", "出生日期不存在，请核对第7到14位"),
    ("born tomorrow", number(born="20261125"), "future", "出生日期晚于今天，请核对第7到14位"),
    ("131 years old", number(born="18951124"), "age", "按号码已超过130岁，请核对第7到14位"),
    ("a wrong last digit", WOMAN[:17] + "X", "check", "校验码不对，请逐位核对"),
    (
        "two digits swapped",
        WOMAN[:12] + WOMAN[13] + WOMAN[12] + WOMAN[14:],
        "check",
        "校验码不对，请逐位核对",
    ),
]
EXCEL = "Excel把号码当成了数字，末几位已经丢失。请先把这一列设为“文本”，再重新填18位号码"


@pytest.mark.parametrize(
    ("typed", "code", "sentence"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_each_fault_has_its_own_sentence(typed, code, sentence):
    with pytest.raises(IdNumberError) as raised:
        parse(typed, TODAY)
    assert (raised.value.code, str(raised.value)) == (code, sentence)


@pytest.mark.parametrize(
    "cell",
    [
        "3.50102E+17",
        "3.50102e+17",
        "3.50102194308210E+17",
        350102194308210000.0,
        350102194308210000,
        "350102194308210000",
        "350102194308210000.0",
        str(int(350102194308210000.0)),
    ],
    ids=[
        "shown short",
        "small e",
        "shown long",
        "a number cell",
        "a whole number with three lost digits",
        "text made from a rounded number",
        "text made from a float",
        "text made from the float's own digits",
    ],
)
def test_a_number_spoilt_by_excel_is_told_apart_from_a_typing_error(cell):
    with pytest.raises(IdNumberError) as raised:
        parse(cell, TODAY)
    assert (raised.value.code, str(raised.value)) == ("excel", EXCEL)


def test_a_true_number_that_ends_in_three_noughts_is_no_damage_as_text():
    ends = [
        number(born=f"1943{m:02}{d:02}", order=f"{o}00")
        for m in (1, 3)
        for d in range(1, 29)
        for o in range(1, 10)
    ]
    whole = [n for n in ends if n.endswith("000")]
    assert whole
    assert all(parse(n, TODAY).number == n for n in whole)
    # In a number cell nobody can tell: fifteen figures is all that a workbook keeps.
    with pytest.raises(IdNumberError, match="Excel"):
        parse(int(whole[0]), TODAY)


def test_an_old_number_in_a_number_cell_is_whole():
    assert parse(350102430821002.0, TODAY).number == WOMAN
    assert parse(350102430821002, TODAY).number == WOMAN


def test_the_eldest_and_the_youngest_are_taken():
    assert parse(number(born="18961124"), TODAY).birth_date == date(1896, 11, 24)
    assert parse(number(born="18951125"), TODAY).birth_date == date(1895, 11, 25)
    assert parse(number(born="20261124"), TODAY).birth_date == TODAY


def test_only_the_last_four_are_shown():
    assert mask("350102194308210025") == "尾号0025"


def test_a_number_is_not_in_the_repr_or_in_a_message():
    assert WOMAN[6:14] not in repr(parse(WOMAN, TODAY))
    for _, typed, _, sentence in FAULTS:
        assert not typed or typed not in sentence


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(1946, 11, 24), TODAY, 80),
        (date(1946, 11, 25), TODAY, 79),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
    ids=["on the birthday", "the day before", "29 February, not yet", "29 February, on 1 March"],
)
def test_age_is_completed_years(born, day, years):
    assert age_on(born, day) == years


counties = st.builds("{}{:04}".format, st.sampled_from(sorted(PROVINCES)), st.integers(0, 9999))
births = st.dates(date(1897, 1, 1), TODAY)
orders = st.integers(1, 999)


@given(counties, births, orders)
def test_every_number_made_by_the_rule_is_read_back(county, born, order):
    made = number(county, f"{born:%Y%m%d}", f"{order:03}")
    read = parse(made, TODAY)
    assert (read.number, read.birth_date) == (made, born)
    assert read.sex == ("M" if order % 2 else "F")


@given(counties, births, orders, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_no_single_wrong_character_passes(county, born, order, place, char):
    made = number(county, f"{born:%Y%m%d}", f"{order:03}")
    assume(made[place] != char)
    with pytest.raises(IdNumberError):
        parse(made[:place] + char + made[place + 1 :], TODAY)


@given(st.text(max_size=24))
def test_no_text_does_anything_but_pass_or_be_refused_in_chinese(text):
    try:
        said = parse(text, TODAY).number
    except IdNumberError as error:
        said = str(error)
    assert "请" in said or len(said) == 18


@given(births.filter(lambda d: d < TODAY), orders)
def test_a_number_typed_into_a_number_cell_never_passes(born, order):
    made = number(born=f"{born:%Y%m%d}", order=f"{order:03}")
    assume(made[-1] != "X")
    kept_by_excel = float(made[:15] + "000")
    with pytest.raises(IdNumberError) as raised:
        parse(kept_by_excel, TODAY)
    assert raised.value.code == "excel"


# 残疾证号


@pytest.mark.parametrize(
    ("tail", "kind", "grade", "reissue", "severe", "third_mental"),
    [
        ("41", "4", 1, "", True, False),
        ("62", "6", 2, "", True, False),
        ("53", "5", 3, "", False, True),
        ("43", "4", 3, "", False, False),
        ("24b1", "2", 4, "B1", False, False),
    ],
    ids=["grade one", "grade two", "third grade, intellectual", "third grade, physical", "a re-issue"],
)
def test_a_certificate_gives_kind_and_grade(tail, kind, grade, reissue, severe, third_mental):
    found = parse_disability(WOMAN[:6] + " " + WOMAN[6:] + tail, WOMAN)
    assert (found.id_number, found.kind, found.grade, found.reissue) == (WOMAN, kind, grade, reissue)
    assert (found.is_severe, found.is_third_grade_mental) == (severe, third_mental)
    assert found.warnings == ()


def test_a_certificate_with_another_id_is_a_warning_not_a_refusal():
    assert parse_disability(number(order="004") + "41", WOMAN).warnings == (
        "残疾证号前18位与身份证号不一样，请核对是不是本人的证",
    )
    wrong = WOMAN[:17] + "X" if WOMAN[17] != "X" else WOMAN[:17] + "0"
    assert parse_disability(wrong + "41").warnings == ("残疾证号前18位的校验码不对，请逐位核对",)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        (WOMAN, "length"),
        (WOMAN + "81", "certificate"),
        (WOMAN + "45", "certificate"),
        (WOMAN + "41C1", "certificate"),
        ("3.50102E+19", "excel"),
    ],
    ids=["nothing", "only the id", "kind 8", "grade 5", "an unknown ending", "spoilt by Excel"],
)
def test_a_certificate_that_cannot_be_right_is_refused(typed, code):
    with pytest.raises(IdNumberError) as raised:
        parse_disability(typed)
    assert raised.value.code == code


# telephones


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("13900001127", "13900001127"),
        (" 139 0000-1127 ", "13900001127"),
        ("＋86 139 0000 1127", "13900001127"),
        ("8613900001127", "13900001127"),
        ("008613900001127", "13900001127"),
        (13900001127.0, "13900001127"),
        (13900001127, "13900001127"),
        ("13900001127.0", "13900001127"),
        ("0591-87654321", "059187654321"),
        ("（0591）8765 4321", "059187654321"),
        ("010-87654321", "01087654321"),
        ("0596-2012345", "05962012345"),
    ],
)
def test_a_telephone_number_is_kept_as_digits(typed, digits):
    assert normalise_phone(typed) == digits
    assert normalise_phone(spaced(digits)) == digits


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "还没有填电话，请填手机号或带区号的座机号"),
        ("无", "电话里有数字以外的字，请只填一个号码，其余写进备注"),
        ("13900001127/13900001128", "电话里有数字以外的字，请只填一个号码，其余写进备注"),
        ("1390000112", "手机号应是11位（现10位），请核对"),
        ("12900001127", "手机号第2位不对，请核对"),
        ("87654321", "座机请加区号，例如0591-87654321"),
        ("0591876", "号码位数不对，请填11位手机号，或带区号的座机号"),
        ("23900001127", "号码位数不对，请填11位手机号，或带区号的座机号"),
    ],
    ids=[
        "nothing",
        "a word",
        "two numbers",
        "too short",
        "no such mobile",
        "no area code",
        "cut off",
        "no such start",
    ],
)
def test_a_telephone_number_that_cannot_be_called_is_refused(typed, sentence):
    with pytest.raises(PhoneError) as raised:
        normalise_phone(typed)
    assert str(raised.value) == sentence


def test_mobile_and_landline_are_told_apart_and_written_in_groups():
    assert is_mobile("13900001127")
    assert not is_mobile("059120000121")
    assert spaced("13900001127") == "139 0000 1127"
    assert spaced("059120000121") == "0591-2000 0121"
    assert spaced("01087654321") == "010-8765 4321"


@given(st.one_of(st.text(max_size=20), st.from_regex(r"[+0-9 ()-]{0,16}", fullmatch=True)))
def test_no_telephone_text_does_anything_but_pass_or_be_refused_in_chinese(text):
    try:
        said = normalise_phone(text)
    except PhoneError as error:
        said = str(error)
    assert "请" in said or normalise_phone(said) == said


def test_dates_are_dates_not_datetimes():
    assert type(parse(WOMAN, TODAY).birth_date) is dt.date
