"""Paper: our fonts only, nothing from outside, the same bytes twice, and what the office must find on it."""

import base64
import builtins
import hashlib
import io
import logging
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import segno
from django.conf import settings
from django.template.loader import get_template, render_to_string
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from tests.kit import pdf_examples as examples
from xunfang.kit import pdf, pdf_many, qr

needs_pango = pytest.mark.skipif(not pdf.available(), reason="Pango is not installed on this machine")
PAPERS = pytest.mark.parametrize("template", examples.PAPERS, ids=lambda name: name[4:-5])
CANARY = "canary-7f3a92c1"
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
        "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )
).decode()


def reader(document: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(document))


def text_of(document: bytes) -> str:
    return "\n".join(page.extract_text() for page in reader(document).pages)


def squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)


def embedded_fonts(document: bytes) -> dict[str, int]:
    """Font name → bytes of the embedded file."""
    found = {}
    for page in reader(document).pages:
        for font in page["/Resources"]["/Font"].values():
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            stream = descriptor.get("/FontFile3") or descriptor.get("/FontFile2")
            found[font.get_object()["/BaseFont"]] = len(stream.get_object().get_data())
    return found


def page(body: str, head: str = "") -> str:
    return f'<!doctype html><html lang="zh-CN"><head><title>试</title>{head}</head><body>{body}</body></html>'


@pytest.fixture(scope="module")
def papers() -> dict[str, bytes]:
    return {name: pdf.render(render_to_string(name, make())) for name, make in examples.PAPERS.items()}


@pytest.fixture
def server():
    """A server on the loopback that counts whoever comes."""
    hits = []

    class Count(BaseHTTPRequestHandler):
        def do_GET(self):
            hits.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CANARY.encode())

        def log_message(self, *args):
            pass

    httpd = HTTPServer(("127.0.0.1", 0), Count)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}", hits
    httpd.shutdown()
    thread.join()
    httpd.server_close()


# ── fonts ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_fonts_are_the_ones_the_readme_describes():
    listed = dict(
        reversed(line.split())
        for line in (pdf.FOLDER / "fonts" / "README.md").read_text(encoding="utf-8").splitlines()
        if re.match(r"[0-9a-f]{64} ", line)
    )
    assert listed == {font.name: hashlib.sha256(font.read_bytes()).hexdigest() for font in pdf.FONTS}
    assert "SIL OPEN FONT LICENSE" in (pdf.FOLDER / "fonts" / "OFL.txt").read_text(encoding="utf-8")


def test_every_rare_name_and_place_character_has_a_glyph():
    (names,) = (font for font in pdf.FONTS if font.name == "NotoSansCJKsc-Regular.otf")
    glyphs = TTFont(names, lazy=True).getBestCmap()
    assert len(examples.RARE) >= 30
    assert [c for c in examples.RARE + "坵垞垱墘崑朏沶洑漈琯硋磹菉迴墩厝㙍䓪" if ord(c) not in glyphs] == []


@pytest.mark.parametrize("font", pdf.FONTS, ids=lambda font: font.stem)
def test_each_face_has_all_characters_of_gb2312(font):
    glyphs = TTFont(font, lazy=True).getBestCmap()
    cells = (bytes([a, b]).decode("gb2312", "ignore") for a in range(0xB0, 0xF8) for b in range(0xA1, 0xFF))
    assert [c for c in cells if c and ord(c) not in glyphs] == []


@needs_pango
def test_rare_characters_come_out_of_the_pdf_as_they_went_in():
    document = pdf.render(page(f'<div class="sheet"><p>{examples.RARE}</p><b>{examples.RARE}</b></div>'))
    assert squeeze(text_of(document)).count(examples.RARE) == 2


@needs_pango
@PAPERS
def test_a_paper_embeds_subsets_of_our_fonts_and_no_other(papers, template):
    fonts = embedded_fonts(papers[template])
    assert fonts
    for name, size in fonts.items():
        assert re.fullmatch(r"/[A-Z]{6}\+Noto-(Serif|Sans)-CJK-SC(-Bold)?", name)
        assert size < 500_000, "a whole font was embedded"


@needs_pango
def test_a_character_no_face_has_does_not_bring_a_font_of_the_machine():
    fonts = embedded_fonts(pdf.render(page("<p>好😀 ⵣ ກ</p>")))
    assert {name.partition("+")[2] for name in fonts} <= {"Noto-Serif-CJK-SC", "Noto-Sans-CJK-SC"}


@needs_pango
def test_normal_weight_is_not_set_in_the_bold_face():
    fonts = embedded_fonts(pdf.render(page('<div class="sheet">村<span class="nm">张建忠</span></div>')))
    assert {name.partition("+")[2] for name in fonts} == {"Noto-Serif-CJK-SC", "Noto-Sans-CJK-SC"}


# ── nothing from outside ─────────────────────────────────────────────────────────────────────────────────────

HOSTILE = {
    "img over http": '<img src="{http}/a.png">',
    "img from the disk": '<img src="{file}">',
    "img without a scheme": '<img src="{path}">',
    "img beginning with two slashes": '<img src="//{host}/a.png">',
    "img over ftp": '<img src="ftp://{host}/a.png">',
    "stylesheet link": '<link rel="stylesheet" href="{http}/a.css">',
    "attachment link from the disk": '<link rel="attachment" href="{file}">',
    "attachment link over http": '<link rel="attachment" href="{http}/a.txt">',
    "attachment link in the address": '<link rel="attachment" href="data:text/plain,{canary}">',
    "attachment link as a picture": '<link rel="attachment" href="data:image/png;base64,{canary64}">',
    "attachment anchor": '<a rel="attachment" href="{file}">附件</a>',
    "import": '<style>@import url("{http}/a.css"); @import url("{file}");</style>',
    "background": '<p style="background: url({http}/a.png), url({file})">字</p>',
    "background attribute": '<table background="{http}/a.png"><tr><td>字</td></tr></table>',
    "list picture": '<ul style="list-style-image: url({file})"><li>字</li></ul>',
    "content": "<style>p::before {{ content: url({http}/a.png) url({file}) }}</style><p>字</p>",
    "font face": '<style>@font-face {{ font-family: x; src: url("{http}/a.otf"), url("{file}") }}</style><p>字</p>',
    "object": '<object data="{file}">字</object><embed src="{http}/a.svg">',
    "svg image": '<svg><image href="{http}/a.png"/><image xlink:href="{file}"/></svg>',
    "svg use": '<svg><use href="{http}/a.svg#x"/></svg>',
    "svg in an address": '<img src="data:image/svg+xml;base64,{svg64}">',
    "base": '<base href="{file}"><img src="x.png"><img src="passwd">',
    "page background": "<style>@page {{ background: url({http}/a.png) }}</style>",
}


@needs_pango
@pytest.mark.parametrize("markup", HOSTILE.values(), ids=HOSTILE)
def test_a_document_reaches_neither_the_network_nor_the_disk(markup, server, tmp_path):
    http, hits = server
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY, encoding="utf-8")
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{http}/b.png"/><image href="{canary.as_uri()}"/></svg>'
    body = markup.format(
        http=http,
        host=http.removeprefix("http://"),
        file=canary.as_uri(),
        path=canary,
        canary=CANARY,
        canary64=base64.b64encode(CANARY.encode()).decode(),
        svg64=base64.b64encode(svg.encode()).decode(),
    )
    document = pdf.render(page(body))
    assert hits == []
    assert reader(document).attachments == {}
    assert b"/EmbeddedFile" not in document
    assert b"/Image" not in document
    everything = b"".join(
        obj.get_data() for obj in map(reader(document).get_object, range(1, 200)) if hasattr(obj, "get_data")
    )
    assert CANARY.encode() not in document + everything


@needs_pango
def test_a_colour_profile_from_the_disk_stops_the_document(tmp_path):
    canary = tmp_path / "canary.icc"
    canary.write_text(CANARY, encoding="utf-8")
    with pytest.raises(OSError, match="only embedded"):
        pdf.render(page("", head=f'<style>@color-profile --x {{ src: url("{canary.as_uri()}") }}</style>'))


@needs_pango
def test_the_users_table_of_the_machine_is_not_printed():
    document = pdf.render(
        page('<link rel="attachment" href="file:///etc/passwd"><img src="file:///etc/passwd">')
    )
    assert reader(document).attachments == {}
    assert "root" not in text_of(document)


@needs_pango
def test_an_embedded_picture_is_printed():
    document = pdf.render(page(f'<img src="data:image/png;base64,{PIXEL}">'))
    assert b"/Image" in document


# ── the same bytes, and what a reader of the file learns ─────────────────────────────────────────────────────


@needs_pango
@PAPERS
def test_the_same_paper_rendered_twice_is_the_same_file(papers, template):
    assert pdf.render(render_to_string(template, examples.PAPERS[template]())) == papers[template]


@needs_pango
def test_another_process_makes_the_same_file():
    script = (
        "import hashlib, sys; from xunfang.kit import pdf;"
        "print(hashlib.sha256(pdf.render(sys.stdin.read())).hexdigest())"
    )
    html = page('<div class="sheet"><h1>巡访结果确认表</h1><p>张𠮷</p></div>')
    other = subprocess.run(
        [sys.executable, "-c", script],
        input=html,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=settings.BASE_DIR,
        check=True,
    ).stdout.strip()
    assert other == hashlib.sha256(pdf.render(html)).hexdigest()


@needs_pango
def test_title_and_language_are_in_the_file_and_no_time(papers):
    found = reader(papers["pdf/confirm.html"])
    assert found.metadata.title == "巡访结果确认表 永泰县嵩口镇月洲村 第3批"
    assert found.trailer["/Root"]["/Lang"] == "zh-CN"
    assert found.metadata.creation_date is None


@needs_pango
@PAPERS
def test_our_own_papers_give_the_renderer_nothing_to_complain_of(template, caplog):
    pdf._stylesheet.cache_clear()  # its complaints come when it is read
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        pdf.render(render_to_string(template, examples.PAPERS[template]()))
    assert caplog.messages == []


@needs_pango
def test_nothing_of_the_document_is_written_to_the_log(caplog):
    pdf.render(page('<p>林😀</p><img src="http://127.0.0.1/林.png">'))
    assert caplog.messages == []


# ── what is on the paper ─────────────────────────────────────────────────────────────────────────────────────


@needs_pango
def test_a_record_says_who_what_and_by_whom(papers):
    text = squeeze(text_of(papers["pdf/record.html"]))
    for words in (
        "困难群众巡访记录",
        "记录第88号第2版",
        "林𠮷㛃",
        "尾号0025",
        "月洲村上洋",
        "余晓芳（代录）",
        "张淼",
        "要拄拐、要人扶",
        "另有情况已报",
        "见第3批第12行",
        "校对码7F3A-92C1-0B5E-44D0",
        "受镇长王国栋委托（嵩政委〔2026〕3号）",
        "（盖章）",
        "9月7日周一24:00前",
        "第1页共1页",
    ):
        assert words in text
    assert len(reader(papers["pdf/record.html"]).pages) == 1


def test_a_record_without_anything_special_says_so():
    context = examples.record() | {
        "visit": examples.record()["visit"] | {"typist": "", "companions": ""},
        "notes": [],
        "hidden_note": False,
        "attention": [],
        "report": None,
        "chips": [],
        "signers": examples.SIGNERS,
    }
    html = render_to_string("pdf/record.html", context)
    assert "代录" not in html
    assert "另有情况已报" not in html
    assert "不用上报" in html
    assert "系统内签字" not in html
    assert html.count("年　　月　　日") == 3


def test_a_private_note_is_announced_even_when_there_is_no_other_note():
    html = render_to_string("pdf/record.html", examples.record() | {"notes": [], "hidden_note": True})
    assert "另有情况已报" in html


@needs_pango
@pytest.mark.parametrize(("quiet", "pages"), [(38, 1), (8, 1), (80, 2), (300, 4)])
def test_a_confirmation_table_fits_the_pages_an_office_expects(quiet, pages):
    document = pdf.render(render_to_string("pdf/confirm.html", examples.confirm(quiet)))
    found = reader(document).pages
    assert len(found) == pages
    text = [squeeze(one.extract_text()) for one in found]
    assert f"第{pages}页共{pages}页" in text[-1]
    assert all("校对码7F3A-92C1-0B5E-44D0" in one for one in text), "the code stands on every page"
    assert all("巡访结果确认表（续）" in one for one in text[1:]), (
        "a page that gets loose says where it belongs"
    )
    assert "（盖章）" in text[-1]
    assert "县民政局审核" in text[-1]


@needs_pango
def test_a_confirmation_table_prints_exceptions_in_full_before_the_lines(papers):
    text = squeeze(text_of(papers["pdf/confirm.html"]))
    assert "收入：基本不变→明显减少。工地摔伤右腿，三个月没有工钱。" in text
    assert text.index("郑水清") < text.index("没有异常的38人") < text.index("余细根")
    assert "陈𠮷" in text


def test_a_table_without_exceptions_has_no_empty_heading():
    html = render_to_string("pdf/confirm.html", examples.confirm() | {"exceptions": []})
    assert "有变化、需处理" not in html
    html = render_to_string("pdf/confirm.html", examples.confirm() | {"blocks": []})
    assert "没有异常" not in html


def test_the_countys_approval_is_printed_once_given():
    approval = {"by": "陈翀", "when": "10月12日"}
    html = render_to_string("pdf/confirm.html", examples.confirm() | {"approval": approval})
    assert "陈翀" in html
    assert "经办人：" not in html


@needs_pango
@pytest.mark.parametrize(("people", "pages"), [(1, 1), (12, 1), (13, 2), (30, 3)])
def test_a_round_sheet_is_landscape_and_has_a_page_for_every_twelve_people(people, pages):
    document = pdf.render(render_to_string("pdf/round.html", examples.round_sheet(people)))
    found = reader(document).pages
    assert len(found) == pages
    for number, one in enumerate(found, start=1):
        assert one.mediabox.width > one.mediabox.height
        assert f"第{number}页共{pages}页" in squeeze(one.extract_text())
        assert "巡访人签字" in one.extract_text()


@needs_pango
def test_ten_people_with_two_further_questions_each_fit_one_page():
    context = examples.round_sheet(10)
    for person in context["pages"][0]["people"]:
        person["ask"] = person["ask"] * 2
    assert len(reader(pdf.render(render_to_string("pdf/round.html", context))).pages) == 1


@needs_pango
def test_the_blank_form_is_one_page_with_all_eighteen_items(papers):
    document = papers["pdf/blank.html"]
    assert len(reader(document).pages) == 1
    text = squeeze(text_of(document))
    items = [row["name"] for area in examples.blank()["areas"] for row in area["rows"]]
    assert len(items) == 18
    assert [item for item in items if item not in text] == []


@PAPERS
def test_markup_typed_by_a_person_stays_text(template):
    def poison(value):
        if isinstance(value, dict):
            return {key: poison(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [poison(inner) for inner in value]
        if isinstance(value, str) and not hasattr(value, "__html__"):
            return "<img src=x onerror=alert(1)>"
        return value

    assert "<img" not in render_to_string(template, poison(examples.PAPERS[template]()))


@PAPERS
def test_the_browser_gets_the_same_paper_with_the_same_stylesheet(template):
    context = examples.PAPERS[template]()
    printed, shown = (render_to_string(template, context | {"screen": screen}) for screen in (False, True))
    assert "kit/paper.css" in shown
    assert "<link" not in printed
    assert re.findall(r'class="[^"]*\bsheet\b', printed) == re.findall(r'class="[^"]*\bsheet\b', shown)
    for html in (printed, shown):
        assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=", html)


@PAPERS
def test_a_paper_lacks_nothing_its_comment_promises(template):
    assert "⟦" not in render_to_string(template, examples.PAPERS[template]())


# ── layout helpers, codes ────────────────────────────────────────────────────────────────────────────────────


def test_lines_are_read_down_the_left_half_first():
    assert pdf.two_columns([1, 2, 3, 4, 5], rows=20) == [[(1, 4), (2, 5), (3, None)]]
    assert pdf.two_columns([1, 2, 3, 4, 5], rows=2) == [[(1, 3), (2, 4)], [(5, None)]]
    assert pdf.two_columns([]) == []


def test_a_round_is_cut_into_numbered_pages():
    assert pdf.pages_of([1, 2, 3], size=2) == [
        {"number": 1, "of": 2, "people": [1, 2]},
        {"number": 2, "of": 2, "people": [3]},
    ]
    assert pdf.pages_of([]) == []


def test_the_check_code_is_the_first_sixteen_digits_in_fours():
    assert pdf.check_code("7f3a92c10b5e44d09a11") == "7F3A-92C1-0B5E-44D0"


def _modules(drawn: str) -> set[tuple[int, int]]:
    """Where the lines of a code run, as (x, y) of each module."""
    dark = set()
    for start, y, rest in re.findall(r"M(\d+) (\d+)\.5([mh0-9 ]*)", drawn):
        x = int(start)
        for step, width in re.findall(r"(?:m(\d+) 0)?h(\d+)", rest):
            x += int(step or 0)
            dark |= {(x + one, int(y)) for one in range(int(width))}
            x += int(width)
    return dark


def test_a_code_has_four_white_modules_around_and_escapes_its_label():
    drawn = qr.svg("https://xunfang.example.gov.cn/q/7f3a92c10b5e", label='扫"码')
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', drawn).group(1))
    assert (side - 2 * qr.QUIET_ZONE - 17) % 4 == 0, "17 + 4 times the size of the code"
    dark = _modules(drawn)
    assert (min(x for x, _ in dark), max(x for x, _ in dark)) == (4, side - 5)
    assert (min(y for _, y in dark), max(y for _, y in dark)) == (4, side - 5)
    assert 'aria-label="扫&quot;码"' in drawn
    assert "<?xml" not in drawn
    assert "style" not in drawn


def test_a_code_says_the_text_it_was_made_from():
    expected = [list(row) for row in segno.make("xf", error="m", micro=False, boost_error=False).matrix]
    dark = _modules(qr.svg("xf"))
    side = range(4, 4 + len(expected))
    got = [[int((x, y) in dark) for x in side] for y in side]
    assert got == expected


def test_an_empty_code_is_refused():
    with pytest.raises(ValueError, match="text"):
        qr.svg("")


# ── without the libraries ────────────────────────────────────────────────────────────────────────────────────


def test_without_pango_the_answer_is_a_sentence_that_says_what_to_install(monkeypatch):
    monkeypatch.setattr(pdf, "_weasyprint", lambda: None)
    assert not pdf.available()
    assert "libpango-1.0-0" in pdf.why_not()
    with pytest.raises(pdf.PdfUnavailable, match="请管理员"):
        pdf.render(page("字"))


def test_a_missing_library_is_found_out_without_an_error(monkeypatch):
    def refuse(name, *rest):
        if name.startswith("weasyprint"):
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *rest)

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", refuse)
    assert pdf._weasyprint.__wrapped__() is None


def test_without_the_font_files_no_pdf_is_made(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf, "FONTS", (tmp_path / "gone.otf",))
    with pytest.raises(pdf.PdfUnavailable):
        pdf.render(page("字"))


@PAPERS
def test_the_templates_of_the_papers_exist(template):
    assert get_template(template).template.name == template


def small(number: int) -> str:
    return f"<html lang='zh-CN'><title>第一份</title><body><p>第{number}份</p></body></html>"


def test_many_chunks_are_laid_out_by_two_processes_and_stand_in_their_order():
    told: list[int] = []
    data = pdf_many.render_chunks((small(n) for n in range(pdf_many.FEW + 3)), told.append)
    reader = PdfReader(io.BytesIO(data))
    texts = [page.extract_text() for page in reader.pages]
    assert [f"第{n}份" in text for n, text in enumerate(texts)] == [True] * (pdf_many.FEW + 3)
    assert reader.metadata.title == "第一份"
    assert told[-1] == pdf_many.FEW + 3


def test_what_fails_while_the_chunks_are_made_is_raised_and_nobody_waits():
    def chunks():
        yield from (small(n) for n in range(pdf_many.FEW + 1))
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        pdf_many.render_chunks(chunks())
    assert not [thread for thread in threading.enumerate() if "_tend" in thread.name]


def test_a_book_says_on_every_page_its_number_in_the_whole():
    two = "<p>甲</p><p style='break-before: page'>乙</p>"
    starts: list[list[int]] = []

    def front(found: list[int]) -> str:
        starts.append(found)
        return "<html><body>目录</body></html>"

    data = pdf.render_book([f"<html><body>{two}</body></html>", small(3)], front)
    texts = [page.extract_text().replace(" ", "") for page in PdfReader(io.BytesIO(data)).pages]
    assert starts == [[1, 3]]
    assert ["全档第1页" in texts[1], "全档第2页" in texts[2], "全档第3页" in texts[3]] == [True] * 3
