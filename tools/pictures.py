"""The pictures of the manuals, taken anew from a running demonstration: `make pictures` (PORT=… for another port).

Each line: name, who looks (the end of a demo account's phone number), the address or the words to press on the way
there, and whether it is a phone. A picture that can't be taken stops the run: a manual never shows what is gone."""

import os
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "手册" / "图"
PASSWORD = "Rongshu-2018-Kan"
PHONE, DESK = (390, 844), (1366, 900)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--disable-sync"]


@dataclass(frozen=True)
class Picture:
    """`press`: links to follow from `path`, by their words."""

    name: str
    who: str
    path: str = "/"
    press: tuple[str, ...] = ()
    phone: bool = False


PICTURES = (
    Picture("今日", "01", phone=True),
    Picture("这个人", "01", press=("main .xf-person a",), phone=True),
    Picture("巡访表", "01", press=("main .xf-person a", "a:has-text('去巡访'):visible"), phone=True),
    Picture("确认表", "18", "/records/sheets", ("main table a:text-is('芦洋村'):visible",), phone=True),
    Picture("经办人今日", "17"),
    Picture("导入", "17", "/roster/import"),
    Picture("分给巡访人", "17", "/due/assign"),
    Picture("录纸", "17", "/records/typing"),
    Picture("纸质签字", "17", "/records/sheets", ("main table a:text-is('道南村'):visible",)),
    Picture("负责人今日", "18", phone=True),
    Picture("县级今日", "19"),
    Picture("待审", "19", "/records/sheets", ("main a:has-text('待县级审核'):visible",)),
    Picture("抽查", "19", "/records/samples", ("main table a:visible", "main a:has-text('问第'):visible")),
    Picture("存档", "19", "/records/archive", ("main table a:visible", "main table a:visible")),
    Picture("市局概览", "83", "/overview"),
    Picture("运行", "86", "/health"),
)


def sign_in(page: Page, who: str) -> None:
    page.goto("/account/sign-in")
    page.fill("[name=username]", f"138000200{who}")
    page.fill("[name=password]", PASSWORD)
    page.locator("form button").last.click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def take(page: Page, picture: Picture) -> None:
    answer = page.goto(picture.path)
    if answer is None or not answer.ok:
        raise SystemExit(f"{picture.name}: {picture.path} is no page")
    for words in picture.press:
        page.locator(words).first.click()
        page.wait_for_load_state("networkidle")
    page.wait_for_load_state("networkidle")
    seen = Image.open(BytesIO(page.screenshot())).convert("RGB")
    # Few colours are enough for a page, and the manual stays small.
    seen.quantize(128).save(FOLDER / f"{picture.name}.png", optimize=True)


def main() -> None:
    base = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    wanted = set(sys.argv[1:])
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        pages: dict[tuple[str, bool], Page] = {}
        for picture in PICTURES:
            if wanted and picture.name not in wanted:
                continue
            key = (picture.who, picture.phone)
            if key not in pages:
                width, height = PHONE if picture.phone else DESK
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    device_scale_factor=1.5 if picture.phone else 1,
                    base_url=base,
                    locale="zh-CN",
                )
                pages[key] = context.new_page()
                sign_in(pages[key], picture.who)
            take(pages[key], picture)
            print(picture.name)
        browser.close()


if __name__ == "__main__":
    main()
