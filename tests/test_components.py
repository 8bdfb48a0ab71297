"""What a reader of a page notices in its parts: words, labels, targets, and nothing that breaks the rules."""

import datetime as dt
import gzip
import html
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.forms import CharField, Form
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.utils import timezone

from visits.core.gallery import VisitSample, gallery_context
from visits.templatetags import xf

TEMPLATES = Path(settings.BASE_DIR) / "templates"
STATIC = Path(settings.BASE_DIR) / "static"
OURS = [
    path
    for folder in ("components", "layout", "errors", "gallery")
    for path in sorted((TEMPLATES / folder).glob("*.html"))
] + [TEMPLATES / "base.html"]
COMPONENTS = sorted((TEMPLATES / "components").glob("_*.html"))
ERRORS = [path.stem for path in sorted((TEMPLATES / "errors").glob("[!_]*.html"))]
SPRITE = set(re.findall(r'<symbol id="i-([a-z0-9]+)"', (STATIC / "img/icons.svg").read_text()))
NASTY = "<b>&\"林'"


def show(name: str, **context: Any) -> str:
    return render_to_string(f"components/_{name}.html", context)


def words(markup: str) -> str:
    """The text of a page as it is read, without gaps between parts."""
    return re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]*>", "", markup)))


def page(**context: Any) -> str:
    request = RequestFactory().get("/list/", {"village": "7", "zi": "2"})
    return render_to_string("gallery/index.html", {**gallery_context(), **context}, request=request)


# ── formatting ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (xf.day(dt.date(2026, 11, 24)), "11月24日 周二"),
        (xf.day(dt.date(2026, 11, 22)), "11月22日 周日"),
        (xf.day(dt.date(2027, 1, 5), dt.date(2026, 12, 30)), "2027年1月5日 周二"),
        (xf.day(dt.date(2026, 1, 5), dt.date(2026, 12, 30)), "1月5日 周一"),
        (xf.day(None), "—"),
        (xf.day_year(dt.date(2026, 11, 24)), "2026年11月24日 周二"),
        (xf.dayshort(dt.date(2026, 11, 4)), "11月4日"),
        (xf.hm(dt.time(8, 5)), "8:05"),
    ],
)
def test_a_date_is_said_with_its_weekday(shown: str, expected: str) -> None:
    assert shown == expected


def test_a_moment_is_said_in_shanghai_and_not_in_utc() -> None:
    late = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)
    assert timezone.is_aware(late)
    assert xf.moment(late) == "11月24日 周二 0:30"


@pytest.mark.parametrize(
    ("days", "expected"), [(6, "还剩6天"), (0, "今天到期"), (-1, "过了1天"), (None, ""), (37, "还剩37天")]
)
def test_what_is_left_is_said_in_words(days: int | None, expected: str) -> None:
    assert xf.left(days) == expected


def test_working_days_are_called_working_days() -> None:
    assert xf.left_work(2) == "还剩2个工作日"
    assert xf.left_work(-3) == "过了3个工作日"


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.792, "79.2"),
        (Decimal("0.6855"), "68.6"),
        (None, "—"),
        (1, "100.0"),
        (Decimal(9999) / 10000, "99.9"),
        (Decimal(1) / 10000, "0.1"),
        (0, "0.0"),
    ],
)
def test_a_rate_never_rounds_up_to_all_nor_down_to_none(share: Any, expected: str) -> None:
    assert xf.rate(share) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("13800004471", "138 0000 4471"),
        ("059120000119", "0591-2000 0119"),
        ("0591-2000 0119", "0591-2000 0119"),
        ("01012345678", "010-1234 5678"),
        ("12345", "12345"),
        (None, ""),
    ],
)
def test_a_telephone_number_is_grouped(number: str | None, expected: str) -> None:
    assert xf.tel(number) == expected


def test_a_dialled_number_has_digits_only() -> None:
    assert xf.tel_digits("0591-2000 0119") == "059120000119"
    assert xf.tel_digits("+86 138 0000 4471") == "+8613800004471"


@pytest.mark.parametrize(("name", "masked"), [("林依妹", "林**"), ("林国", "林*"), ("林", "林"), ("", "")])
def test_a_masked_name_keeps_its_first_character(name: str, masked: str) -> None:
    assert xf.mask_name(name) == masked


def test_eight_bars_say_what_they_draw() -> None:
    drawn = xf.mult_bars([0, 1, 2, 3, None, 8, 9, 0], "用电安全")
    assert "用电安全，由远到近：正常、关注、需处理、紧急、没访、不适用、没看到、正常" in drawn
    assert drawn.count('class="b') == 8  # the base line and seven marks: no visit draws nothing
    assert xf.mult_bars([1], "压力").count('x="129"') == 1  # the newest stands at the right


def test_two_sparklines_can_share_one_scale() -> None:
    same = {"points": [50, 75], "word": "完成率", "low": 50, "high": 100}
    assert 'points="2.0,24.0 116.0,14.0"' in xf.spark(same)
    assert xf.spark({"points": [1], "word": "一季"}) == ""
    assert "14.0 116.0,14.0" in xf.spark({"points": [3, 3], "word": "没变"})


# ── the frame ────────────────────────────────────────────────────────────────────────────────────


def test_the_page_says_where_one_is_and_lets_one_out() -> None:
    entry = {"label": "今日", "url": "/", "icon": "homef", "current": True}
    who = {"unit": "嵩口镇民政办", "name": "郑晓琳", "sign_out_url": "/out/"}
    markup = page(nav=[entry], tabs=[entry], who=who, zi=2, demo=True)
    assert 'href="#main"' in markup
    assert "演示数据，都是编的人" in markup
    assert 'class="zi-2"' in markup
    assert markup.count('aria-current="page"') == 2
    assert re.search(r'<form[^>]*method="post"[^>]*action="/out/"', markup)
    assert "csrfmiddlewaretoken" in markup
    assert "village=7&amp;zi=3" in markup  # a change of letter size keeps the filter


def test_the_page_stands_without_any_context() -> None:
    markup = render_to_string("base.html")
    assert "巡访" in markup
    assert "xf-demo" not in markup
    assert "xf-tabs" not in markup


def test_a_message_is_announced_with_its_colour() -> None:
    class Said:
        level_tag = "success"

        def __str__(self) -> str:
            return "已保存" + NASTY

    markup = render_to_string("base.html", {"messages": [Said()]})
    assert 'role="status"' in markup
    assert "xf-banner s-done" in markup
    assert NASTY not in markup
    assert NASTY in html.unescape(markup)


def test_a_form_page_leads_to_the_telephone_before_the_form() -> None:
    markup = render_to_string(
        "layout/form.html", {"duty": [{"label": "镇值班室", "number": "0591-20000119"}]}
    )
    assert markup.index("#jinji") < markup.index("<main")
    for number in ("110", "119", "120", "059120000119"):
        assert f'href="tel:{number}"' in markup
    assert "紧急情况，先打电话" in words(markup)
    assert "系统不会替您打" in words(markup)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_says_what_to_do_and_needs_nothing(name: str) -> None:
    # The one thing a page about our own fault is given: which request it was.
    markup = render_to_string(f"errors/{name}.html", {"number": "3f20"} if name == "500" else None)
    assert markup.count("<h1>") == 1
    assert not re.search(
        r"[A-Za-z]{4,}", words(re.sub(r"<(style|script|head).*?</\1>", "", markup, flags=re.S))
    )
    assert re.search(r"请|再|照常|恢复", words(markup))


def test_every_error_the_house_gives_has_its_page() -> None:
    assert set(ERRORS) == {
        "400", "403", "404", "405", "413", "429", "500", "503", "again", "csrf", "other_person",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["403", "404", "413"])
def test_a_refused_submission_gives_the_typed_words_back(name: str) -> None:
    given = {"typed": [{"label": "怎么回事", "text": "右膝疼" + NASTY}], "ticks": 0}
    markup = render_to_string(f"errors/{name}.html", {"given": given})
    assert "右膝疼" in markup
    assert NASTY not in markup
    assert 'data-copy="#kept-1"' in markup


# ── components ───────────────────────────────────────────────────────────────────────────────────


def test_the_gallery_shows_every_component() -> None:
    used = "".join(path.read_text() for path in (TEMPLATES / "gallery").glob("*.html"))
    used += "".join(path.read_text() for path in (*COMPONENTS, TEMPLATES / "base.html"))
    unseen = [
        path.name
        for path in COMPONENTS
        if f"components/{path.name}" not in used and path.name != "_spark.html"
    ]
    assert unseen == []


def test_a_due_chip_has_icon_word_date_and_what_is_left() -> None:
    due = {"state": "late", "word": "逾期", "text": "应于11月23日 周一前", "left": "过了1天"}
    assert words(show("due", due=due)) == "逾期应于11月23日周一前过了1天"
    assert "#i-warn" in show("due", due=due)
    assert "xf-due--band s-late" in show("due", due=due, band=True)
    assert words(show("due", due={"state": "done", "word": "已完成"})) == "已完成"


def test_a_clock_keeps_its_clause_one_tap_away() -> None:
    clock = gallery_context()["clocks"][0]
    markup = show("clock", clock=clock)
    assert "<details>" in markup
    assert "依据" in words(markup)
    assert "<details>" not in show("clock", clock={**clock, "basis": ""})


def test_a_person_card_dials_and_visits_in_one_tap() -> None:
    card = gallery_context()["cards"][0]
    markup = show("person_card", card={**card, "name": NASTY})
    assert 'href="tel:13800000825"' in markup
    assert "138 0000 0825" in markup
    assert NASTY not in markup
    assert markup.index("还剩6天") < markup.index("<h3>")  # the due band comes first
    assert "btn" not in show("person_card", card=gallery_context()["cards"][2])


def test_an_item_is_answered_in_words_with_the_old_answer_marked() -> None:
    item = gallery_context()["items"][0]
    markup = show("item", item=item)
    assert "<legend>用电" in markup
    for level in ("正常", "关注", "需处理", "紧急"):
        assert level in words(markup)
    assert words(markup).count("上次") == 2
    assert markup.count(" checked") == 1
    for option in re.findall(r'<input type="radio"[^>]* id="([^"]+)"', markup):
        assert f'<label for="{option}">' in markup


def test_an_item_that_was_not_seen_asks_why() -> None:
    markup = show("item", item=gallery_context()["items"][1])
    assert "看不了？选原因" in words(markup)
    assert "不让进门" in words(markup)
    assert 'aria-describedby="gas_error"' in markup


def test_an_area_chooses_nothing_for_the_visitor_and_safety_has_no_copy_button() -> None:
    undecided, changed, _first, safety = gallery_context()["areas"]
    assert " checked" not in show("area", area={**undecided, "asks": []})
    assert "与上次一致" in words(show("area", area=undecided))
    assert " open" not in show("area", area=undecided).split("<details")[1].split(">")[0]
    assert 'data-open-by="mind_a_1"' in show("area", area=undecided)
    assert " open" in show("area", area=changed)
    assert "与上次一致" not in show("area", area={**safety, "choice": undecided["choice"]})
    assert "<details" not in show("area", area=safety)


def test_a_group_of_choices_has_a_legend_and_a_label_for_each() -> None:
    form = VisitSample({"reminded": ["1"]})
    markup = show("field", field=form["reminded"])
    assert "<legend>今天做了什么" in markup
    assert markup.count('type="checkbox"') == 5
    assert markup.count("<label for=") == 5
    assert markup.count(" checked") == 1
    assert 'id="id_day"' in show("pick", field=form["day"])
    assert "请选一下是哪天。" in show("pick", field=form["day"])


def test_a_wrong_field_is_told_to_eye_and_ear() -> None:
    form = VisitSample({"phone": NASTY})
    markup = show("field", field=form["phone"])
    assert '<label class="form-label" for="id_phone">' in markup
    assert 'aria-invalid="true"' in markup
    assert "id_phone_error" in re.search(r'aria-describedby="([^"]*)"', markup)[1]
    assert 'id="id_phone_error"' in markup
    assert "is-invalid" in markup
    assert NASTY not in markup
    assert "可不填" in words(show("field", field=form["words"]))
    assert "可不填" not in words(markup)


def test_a_field_keeps_the_classes_its_form_gave_it() -> None:
    class Sized(Form):
        name = CharField(label="姓名")

    Sized.base_fields["name"].widget.attrs["class"] = "short"
    assert 'class="short form-control"' in show("field", field=Sized()["name"])


def test_each_line_of_the_error_summary_jumps_to_its_field() -> None:
    form = VisitSample({"phone": "1"})
    form.is_valid()
    form.add_error(None, "这份记录刚才别人改过。")
    markup = show("errors", form=form)
    assert 'role="alert"' in markup
    assert "还有3处要改一下" in words(markup)
    assert 'href="#id_phone"' in markup
    assert 'href="#id_day"' in markup
    # The sentence names its field already.
    assert "手机号是11位" in words(markup)
    assert "手机号：手机号" not in words(markup)
    assert 'href="#"' not in markup
    assert show("errors", form=VisitSample()).strip() == ""


def test_only_the_next_signer_is_told_it_is_their_turn() -> None:
    markup = show("sign_strip", slots=gallery_context()["sign_strips"][0])
    assert markup.count("轮到您") == 1
    assert markup.count("is-next") == 1
    assert words(markup).index("林国清") < words(markup).index("谢永华") < words(markup).index("郑文彬")


def test_the_present_step_is_marked_for_the_ear_too() -> None:
    markup = show("steps", steps=gallery_context()["steps"])
    assert markup.count('aria-current="step"') == 1
    assert markup.count("已办") == 4


def test_a_figure_leads_to_its_list_and_two_rates_are_read_together() -> None:
    context = gallery_context()
    assert 'href="#"' in show("stat", stat=context["stats"][0])
    pair = words(show("stat_pair", pair=context["pair"]))
    assert "完成率79.2%" in pair
    assert "见到本人率68.5%" in pair


def test_the_heat_table_says_its_darkest_cells_and_keeps_the_order_given() -> None:
    markup = show("heat", heat=gallery_context()["heat"])
    assert markup.count("先问这里") == 5  # four cells and the legend
    assert "带记号的，值得问一句" in markup  # on paper, where no shade is
    heat = {
        "columns": [{"word": "名单截至"}],
        "rows": [{"name": "樟城镇", "cells": [{"text": "8月", "shade": 3}]}],
    }
    assert '<td class="t3"><span class="m">8月' in show(
        "heat", heat={**heat, "caption": "-"}
    )  # marked without a link
    order = [words(markup).index(name) for name in ("樟城镇", "嵩口镇", "霞拔乡", "合计")]
    assert order == sorted(order)
    assert 'aria-sort="descending"' in markup


def test_a_list_has_the_same_fields_on_a_phone() -> None:
    markup = show("list", list=gallery_context()["people"])
    assert markup.count('<th scope="col"') == 6
    assert markup.count('<th scope="row"') == 3
    for column in ("村", "类别", "到期", "巡访人", "次数"):
        assert markup.count(f'data-t="{column}"') == 3


def test_a_row_that_can_be_ticked_says_whom() -> None:
    markup = show("list", list=gallery_context()["gone"])
    assert 'aria-label="选 鄢依仙"' in markup
    assert markup.count('type="checkbox"') == 2
    assert markup.count('<th scope="row"') == 2


def test_the_bulk_bar_counts_what_is_ticked() -> None:
    markup = show("bulk", bulk=gallery_context()["bulk"])
    assert "已选1人" in words(markup)
    assert '<label for="bulk_where">一起记为' in markup


def test_a_job_asks_again_only_while_it_runs() -> None:
    running, done, failed = gallery_context()["jobs"]
    assert 'hx-get="/job/1/"' in show("job", job={**running, "poll_url": "/job/1/"})
    assert "hx-get" not in show("job", job={**done, "poll_url": "/job/1/"})
    assert 'value="412" max="598"' in show("job", job=running)
    assert "<progress" not in show("job", job=failed)
    assert "名单没有改动" in show("job", job=failed)


def test_a_confirmation_says_what_happens_to_whom() -> None:
    confirm = gallery_context()["confirm"]
    markup = show("confirm", confirm=confirm)
    assert "她会马上从待访" in words(markup)
    assert '<label class="form-label" for="confirm_about">' in markup
    assert "btn-red" in show("confirm", confirm={**confirm, "red": True})


def test_an_empty_list_says_why_and_what_next() -> None:
    empty = gallery_context()["empty"]
    assert words(show("empty", empty=empty)) == "这周没有要去的人下一个到期是12月31日周四。看看我的23人"
    assert "<a " not in show("empty", empty={"title": "没有", "say": "都办完了。"})


def test_the_text_to_copy_can_be_read_without_javascript() -> None:
    markup = show("copy", copy={"id": "urge", "text": NASTY, "word": "复制催办文字"})
    assert 'id="urge"' in markup
    assert 'data-copy="#urge"' in markup
    assert NASTY in html.unescape(markup)
    assert NASTY not in markup


def test_the_pager_tells_the_whole_count_and_only_ways_that_exist() -> None:
    assert "共612人，这页第51到100人" in words(show("pager", pager=gallery_context()["pager"]))
    last = show("pager", pager={"count": 1, "unit": "人"})
    assert "上一页" not in last
    assert "下一页" not in last


def test_a_filter_is_an_address_and_the_present_one_is_marked() -> None:
    markup = show("filter", filters=gallery_context()["filters"])
    assert markup.count("<a href=") == 4
    assert markup.count('aria-current="true"') == 1
    assert "只看我的</a>" in markup  # no count: none is shown


def test_print_is_a_page_of_its_own_or_this_page() -> None:
    assert 'href="/paper/"' in show("print", url="/paper/", word="打印一页登记卡")
    assert "data-print" in show("print")


# ── the rules of the house ───────────────────────────────────────────────────────────────────────


def test_the_whole_gallery_is_under_the_page_budget_and_has_unique_ids() -> None:
    markup = page()
    assert len(markup.encode()) < 100_000
    # Three draft bars and three jobs stand side by side here only; each is alone on a real page.
    ids = [i for i in re.findall(r' id="([^"]+)"', markup) if i not in ("xf-draft", "job")]
    assert sorted(i for i in set(ids) if ids.count(i) > 1) == []


@pytest.mark.parametrize("path", OURS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_template_keeps_to_the_content_policy(path: Path) -> None:
    text = re.sub(r"{#.*?#}", "", path.read_text())
    assert not re.search(r"\sstyle\s*=|<style", text)
    assert not re.search(r"\son[a-z]+\s*=", text)
    assert not re.search(r"javascript:", text)
    for script in re.findall(r"<script[^>]*>(.*?)</script>", text, flags=re.S):
        assert script.strip() == ""
    assert len(path.read_text().splitlines()) <= (60 if path.name.startswith("_") else 120)


@pytest.mark.parametrize("path", OURS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_template_shows_no_english_and_no_machine_words(path: Path) -> None:
    text = re.sub(
        r"{#.*?#}|{% comment %}.*?{% endcomment %}|{% block main_class %}[^{]*",
        "",
        path.read_text(),
        flags=re.S,
    )
    said = " ".join(re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', text))
    said += " " + re.sub(
        r"{{.*?}}|{%.*?%}|<!doctype html>", "", re.sub(r"<head>.*?</head>", "", text, flags=re.S)
    )
    said = re.sub(r"{[{%].*?[%}]}", "", re.sub(r"<[^>]*>", " ", said))
    assert re.findall(r"[A-Za-z]{2,}", said) == []
    assert not re.search(r"哈希|快照|幂等|操作失败|版本冲突", said)


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.name)
def test_a_component_says_first_what_it_needs(path: Path) -> None:
    assert re.match(r"\{# .*(Needs|Optional).* #\}\n", path.read_text())
    get_template(f"components/{path.name}")


def test_every_icon_named_is_in_the_sprite() -> None:
    named = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r'{% icon "([a-z0-9]+)"', path.read_text())
    }
    named |= set(re.findall(r"#i-([a-z0-9]+)", page()))
    named |= set(xf.STATE_ICONS.values()) | set(xf.LEVEL_ICONS.values())
    assert named <= SPRITE


def test_vendor_files_have_their_licence_and_a_true_gzip_twin() -> None:
    for path in (STATIC / "vendor/bootstrap/bootstrap.min.css", STATIC / "vendor/htmx/htmx.min.js"):
        assert (path.parent / "LICENSE").exists()
        assert gzip.decompress(path.with_name(path.name + ".gz").read_bytes()) == path.read_bytes()
        assert path.with_name(path.name + ".gz").read_bytes()[4:8] == bytes(
            4
        )  # mtime 0: the same bytes each time
        assert b"sourceMappingURL" not in path.read_bytes()


# ── colours ──────────────────────────────────────────────────────────────────────────────────────


def _tokens() -> dict[str, str]:
    return dict(re.findall(r"(--[a-z0-9-]+):\s*(#[0-9a-f]{6})", (STATIC / "css/xunfang.css").read_text()))


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("state", sorted(xf.STATE_ICONS))
def test_a_state_can_be_read_on_its_own_ground_and_on_white(state: str) -> None:
    tokens = _tokens()
    assert _contrast(tokens[f"--s-{state}"], tokens[f"--s-{state}-w"]) >= 4.5
    assert _contrast(tokens[f"--s-{state}"], "#ffffff") >= 4.5


@pytest.mark.parametrize("shade", ["--h-1", "--h-2", "--h-3", "--x-paper", "--x-sunk"])
def test_ink_can_be_read_on_every_ground(shade: str) -> None:
    tokens = _tokens()
    assert _contrast(tokens["--x-ink"], tokens[shade]) >= 4.5
    assert _contrast(tokens["--x-teal"], tokens["--x-paper"]) >= 4.5


def test_no_letter_size_class_is_one_that_bootstrap_owns() -> None:
    css = (STATIC / "css/xunfang.css").read_text()
    assert "html.zi-2" in css
    assert "html.fs-" not in css
