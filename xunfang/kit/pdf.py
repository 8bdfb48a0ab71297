"""HTML to PDF: our fonts, our stylesheet, nothing from outside.

A document can reach neither the network nor the disk, and no font of the machine is consulted, so the same HTML
gives the same bytes on every machine with the same WeasyPrint and Pango. A page costs 0.3 to 0.5 seconds: more
than about five pages belong into a background job.
"""

import ctypes
import ctypes.util
import logging
import warnings
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parent
#: The same stylesheet serves the browser's print pages (`{% static "kit/paper.css" %}`).
STYLESHEET = FOLDER / "static" / "kit" / "paper.css"
FONTS = tuple(
    FOLDER / "fonts" / f"{name}.otf"
    for name in (
        "NotoSerifCJKsc-Regular",
        "NotoSerifCJKsc-Bold",
        "NotoSansCJKsc-Regular",
        "NotoSansCJKsc-Bold",
    )
)
#: Fontconfig guesses a font's languages from its characters and takes the face with every Han character for a
#: Taiwanese one, so that Chinese text at normal weight would be set in the bold face: say what all four are for.
FONT_RULES = b"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <match target="scan">
    <edit name="lang" mode="assign"><langset><string>zh-cn</string></langset></edit>
  </match>
</fontconfig>"""
#: In a book a page says its place in the whole, not in its own document.
BOOK_PAGE = '@page { @bottom-right { content: "全档第" counter(page) "页"; } } @page :first { counter-reset: page %d; }'
FRONT_PAGE = '@page { @bottom-right { content: "目录"; } }'
NO_LIBRARY = (
    "这台服务器还不能生成PDF，请管理员运行：sudo apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 "
    "libharfbuzz-subset0，再重启本系统。现在可以先打开网页，用浏览器的“打印”打出来。"
)
NO_FONTS = "这台服务器缺少PDF的字体文件，请管理员重新安装本系统。现在可以先打开网页，用浏览器的“打印”打出来。"


class PdfUnavailable(Exception):
    """No PDF can be made on this machine; the message is a Chinese sentence that says what to install."""


def available() -> bool:
    """Whether `render` can work here. The first call loads the libraries (about a second)."""
    return not why_not()


def why_not() -> str:
    """Return the Chinese sentence that says what is missing and what to install; empty when nothing is."""
    if _weasyprint() is None:
        return NO_LIBRARY
    if not all(font.is_file() for font in FONTS):
        return NO_FONTS
    return ""


def render(html: str) -> bytes:
    """Return `html` as a PDF. Title and language come from `<title>` and `<html lang>`.

    Images must be `data:image/png` or `data:image/jpeg`; every other address is left out of the document.
    Raises PdfUnavailable when the libraries or the fonts are missing.
    """
    return render_many([html])


def render_many(htmls: Iterable[str], each: Callable[[int], None] | None = None) -> bytes:
    """Return several documents as one PDF, page after page; title and language are the first one's. `each` is told
    after every document how many are laid out. Raises as `render` does; ValueError without any document."""
    if reason := why_not():
        raise PdfUnavailable(reason)
    weasyprint = _weasyprint()
    assert weasyprint is not None
    fonts, sheet = _fonts_class(weasyprint)(), _stylesheet(weasyprint)
    documents: list[Any] = []
    for html in htmls:
        source = weasyprint.HTML(string=html, base_url=None, url_fetcher=_fetcher_class(weasyprint)())
        # `presentational_hints`: <col width> sets the columns, as it does in a browser.
        document = source.render(font_config=fonts, stylesheets=[sheet], presentational_hints=True)
        # SECURITY: <link rel=attachment> puts files into the PDF; our papers carry none.
        document.metadata.attachments.clear()
        documents.append(document)
        if each is not None:
            each(len(documents))
    if not documents:
        raise ValueError("no document")
    whole = documents[0]
    if len(documents) > 1:
        whole = whole.copy([page for document in documents for page in document.pages])
    return whole.write_pdf(pdf_identifier=True)


def render_book(
    parts: Iterable[str], front: Callable[[list[int]], str], each: Callable[[int], None] | None = None
) -> bytes:
    """Return several documents as one PDF behind a front (an index): every page says its number in the whole, from 1
    on after the front. `front` is given the number of each part's first page. Raises as `render` does."""
    if reason := why_not():
        raise PdfUnavailable(reason)
    weasyprint = _weasyprint()
    assert weasyprint is not None
    fonts, sheet = _fonts_class(weasyprint)(), _stylesheet(weasyprint)
    starts: list[int] = []
    pages: list[Any] = []

    def lay(html: str, numbers: str) -> Any:
        source = weasyprint.HTML(string=html, base_url=None, url_fetcher=_fetcher_class(weasyprint)())
        own = weasyprint.CSS(string=numbers, url_fetcher=_fetcher_class(weasyprint)())
        document = source.render(font_config=fonts, stylesheets=[sheet, own], presentational_hints=True)
        # SECURITY: as in `render_many`.
        document.metadata.attachments.clear()
        return document

    for html in parts:
        starts.append(len(pages) + 1)
        pages += lay(html, BOOK_PAGE % starts[-1]).pages
        if each is not None:
            each(len(starts))
    whole = lay(front(starts), FRONT_PAGE)
    return whole.copy([*whole.pages, *pages]).write_pdf(pdf_identifier=True)


def check_code(digest: str) -> str:
    """Return the 校对码 of a hexadecimal digest: its first 16 digits in fours, `7F3A-92C1-0B5E-44D0`."""
    code = digest[:16].upper()
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def pages_of(people: list, size: int = 12) -> list[dict]:
    """Cut `people` into the pages of a round sheet: `{"number", "of", "people"}`, at most `size` on each."""
    chunks = [people[start : start + size] for start in range(0, len(people), size)]
    return [{"number": n, "of": len(chunks), "people": chunk} for n, chunk in enumerate(chunks, start=1)]


def two_columns(lines: list, rows: int = 20) -> list[list[tuple]]:
    """Lay `lines` out as blocks of `(left, right)` pairs, read down the left half first.

    Each block holds at most `rows` pairs; the last one is as short as it can be, and its last right half is None
    when the number is odd. A block is short enough that a page break does not send the reader back.
    """
    blocks = []
    for start in range(0, len(lines), rows * 2):
        chunk = lines[start : start + rows * 2]
        half = (len(chunk) + 1) // 2
        right = [*chunk[half:], *([None] * (half * 2 - len(chunk)))]
        blocks.append(list(zip(chunk[:half], right, strict=True)))
    return blocks


@lru_cache(maxsize=1)
def _weasyprint() -> ModuleType | None:
    """Load WeasyPrint when the first PDF is asked for; None when its libraries are missing.

    Not at import: the site must start without Pango, and pages that print nothing need not wait for it.
    """
    with warnings.catch_warnings():
        # It warns when the machine has no fonts of its own; ours are enough.
        warnings.simplefilter("ignore")
        try:
            import weasyprint
            import weasyprint.text.fonts
        except OSError:
            return None
    # SECURITY: its warnings quote the document (a character without a glyph, an address): no people in the log.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    return weasyprint


@lru_cache(maxsize=1)
def _fetcher_class(weasyprint: ModuleType) -> type:
    class EmbeddedImagesOnly(weasyprint.urls.URLFetcher):
        """SECURITY: WeasyPrint would otherwise open http: and embed file:/// for whoever can write a note.

        A class, not a function: WeasyPrint reads attributes of the fetcher when a fetch fails.
        """

        def __init__(self) -> None:
            super().__init__(allowed_protocols={"data"}, allow_redirects=False)

        def fetch(self, url: str, headers: dict | None = None) -> Any:
            if not url.startswith(("data:image/png;base64,", "data:image/jpeg;base64,")):
                raise ValueError("only embedded PNG and JPEG images are allowed")
            return super().fetch(url, headers)

    return EmbeddedImagesOnly


@lru_cache(maxsize=1)
def _fonts_class(weasyprint: ModuleType) -> type:
    text = weasyprint.text
    ffi, fontconfig, pangoft2 = text.ffi.ffi, text.ffi.fontconfig, text.ffi.pangoft2

    class OurFonts(text.fonts.FontConfiguration):
        """The fonts beside this module and no other.

        The parent loads the machine's fonts and copies each @font-face to a temporary file (14 MB a document).
        Starting from an empty Fontconfig instead, the paper looks the same everywhere and needs no address for
        a font, so that none has to be opened to the document.
        """

        def __init__(self) -> None:
            library = ctypes.CDLL(ctypes.util.find_library("fontconfig") or "libfontconfig.so.1")
            library.FcConfigCreate.restype = ctypes.c_void_p
            self._config = ffi.cast("FcConfig *", library.FcConfigCreate())
            fontconfig.FcConfigParseAndLoadFromMemory(self._config, FONT_RULES, True)
            for font in FONTS:
                if not fontconfig.FcConfigAppFontAddFile(self._config, bytes(font)):
                    raise PdfUnavailable(NO_FONTS)
            self.font_map = ffi.gc(pangoft2.pango_ft2_font_map_new(), text.ffi.gobject.g_object_unref)
            # The font map keeps a reference, ours goes.
            pangoft2.pango_fc_font_map_set_config(ffi.cast("PangoFcFontMap *", self.font_map), self._config)
            fontconfig.FcConfigDestroy(self._config)
            self.strut_layouts: dict = {}
            self.font_features: dict = {}

        def add_font_face(self, rule_descriptors: dict, url_fetcher: Any) -> None:
            """SECURITY: a document brings no fonts, not even embedded ones."""

    return OurFonts


@lru_cache(maxsize=1)
def _stylesheet(weasyprint: ModuleType) -> Any:
    return weasyprint.CSS(
        string=STYLESHEET.read_text(encoding="utf-8"), url_fetcher=_fetcher_class(weasyprint)()
    )
