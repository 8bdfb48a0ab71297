"""What Chrome 87 cannot read is found; what it can read, and what merely looks alike, is left alone."""

import browser_floor
import pytest


def whats(faults):
    return [what for _, what in faults]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("a { color: color-mix(in srgb, red, blue) }", "color-mix("),
        ("a { color: light-dark(red, blue) }", "light-dark("),
        ("a { color: oklch(40% 0.2 20) }", "oklch / oklab / lab / lch"),
        ("a:has(b) { color: red }", ":has("),
        ("@layer base { a { color: red } }", "@layer"),
        ("@container (width > 3px) { a { color: red } }", "@container"),
        ("@media (width >= 600px) { a { color: red } }", "media query range"),
        ("a:not(b, c) { color: red }", "selector list in :not("),
        ("a { color: red; &:hover { color: blue } }", "nesting"),
        ("a { @media (min-width: 3px) { color: blue } }", "nesting"),
        ("@media print { a { b { color: red } } }", "nesting"),
    ],
)
def test_css_beyond_the_floor_is_refused(source, what):
    assert what in whats(browser_floor.css_faults(source))


@pytest.mark.parametrize(
    "source",
    [
        "/* :has( and @layer */ a { content: 'color-mix('; background: url(x:has(1).png) }",
        "@media (min-width: 600px) { a, b:not(.c) { color: red } } @font-face { src: url(x) }",
        "@keyframes k { from { top: 0 } to { top: 1px } } @supports (display: grid) { a { top: 0 } }",
        ".mb-slab { color: var(--lab); grid-area: a/b }",
    ],
)
def test_plain_css_passes(source):
    assert whats(browser_floor.css_faults(source)) == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("class A { static { f() } }", "static block"),
        ("a ??= b", "logical assignment"),
        ("a ||= b", "logical assignment"),
        ("a &&= b", "logical assignment"),
        ("class A { #x; has(o) { return #x in o } }", "private member"),
        ("let a = 1_000", "numeric separator"),
        ("list.at(-1)", ".at("),
        ("Object.hasOwn(a, 'b')", "Object.hasOwn("),
        ("structuredClone(a)", "structuredClone("),
        ("await f()", "top-level await"),
        ("let s = `text ${list.at(-1)} text`", ".at("),
        ("let r = /['\"]/; list.at(0)", ".at("),
        ("let a = b / c; list.at(0) / 2", ".at("),
    ],
)
def test_script_beyond_the_floor_is_refused(source, what):
    assert what in whats(browser_floor.js_faults(source))


@pytest.mark.parametrize(
    "source",
    [
        "// list.at(0) ??= \n/* structuredClone(x) */ f('a ||= b', \"#x in y\", `1_000 ${g(`.at(`)} #y`)",
        "let r = /a ??= #x .at(/g; let o = { '#a': 1 }; document.querySelector('#a')",
        "async function f() { await g() }\nconst h = async () => await g()",
        "a = b ?? c; a?.b; let snake_1_2 = x1_2; static_ = { }",
    ],
)
def test_plain_script_passes(source):
    assert whats(browser_floor.js_faults(source)) == []


def test_a_fault_is_told_with_file_and_line(tmp_path):
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "x.min.js").write_text("let a\na ??= 1\n")
    (line,) = browser_floor.faults(tmp_path)
    assert line.startswith("vendor/x.min.js:2: logical assignment")


def test_everything_we_ship_can_be_read_by_the_oldest_browser():
    assert browser_floor.faults(browser_floor.STATIC) == []
