"""Refuse CSS and JavaScript that the oldest supported browser (Chrome 87, ES2020) cannot read.

Static, over everything below static/ that is shipped, vendor files included. Only what *breaks* is
refused: syntax (one unknown word invalidates a whole rule or script) and functions whose absence
throws. A property that an old browser merely skips is left to the author's judgement.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

STATIC = Path(__file__).resolve().parents[1] / "static"

CSS_WORDS = {
    "color-mix(": r"color-mix\(",
    "light-dark(": r"light-dark\(",
    "oklch / oklab / lab / lch": r"\b(?:oklch|oklab|lab|lch)\(",
    ":has(": r":has\(",
    ":is( / :where(": r":(?:is|where)\(",
    "selector list in :not(": r":not\([^()]*,",
    "@layer": r"@layer\b",
    "@container": r"@container\b",
    "@scope / @starting-style": r"@(?:scope|starting-style)\b",
    "media query range": r"@media[^{;]*\([^()]*[<>]",
}
JS_WORDS = {
    "static block": r"\bstatic\s*\{",
    "logical assignment": r"\?\?=|\|\|=|&&=",
    "private member": r"#[A-Za-z_$][\w$]*",
    "numeric separator": r"(?<![\w$.])\d+_\d",
    ".at(": r"\.at\(",
    "Object.hasOwn(": r"\bObject\.hasOwn\(",
    "Object.groupBy(": r"\b(?:Object|Map)\.groupBy\(",
    "structuredClone(": r"(?<![\w$.])structuredClone\(",
    "findLast(": r"\.findLast(?:Index)?\(",
    "toSorted( and its kin": r"\.(?:toSorted|toReversed|toSpliced)\(",
    "crypto.randomUUID(": r"\bcrypto\.randomUUID\(",
    "AbortSignal.timeout(": r"\bAbortSignal\.(?:timeout|any)\(",
    "Array.fromAsync(": r"\bArray\.fromAsync\(",
}
# After one of these a slash begins a regular expression, otherwise it divides.
_BEFORE_REGEX = re.compile(
    r"(?:^|[(,=:\[!&|?{};+\-*%<>~^\n]|\b(?:return|typeof|case|in|of|delete|void|throw|else|do))\s*$"
)
_CSS_NOISE = re.compile(r"/\*.*?\*/|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|url\([^)\"']*\)", re.DOTALL)


def blank(text: str) -> str:
    """Spaces of the same length and line breaks, so that positions stay true."""
    return re.sub(r"[^\n]", " ", text)


def css_faults(source: str) -> Iterator[tuple[int, str]]:
    """(position, what) for everything in a stylesheet that Chrome 87 cannot read."""
    text = _CSS_NOISE.sub(lambda found: blank(found.group()), source)
    for what, pattern in CSS_WORDS.items():
        for found in re.finditer(pattern, text):
            yield found.start(), what
    inside_rule: list[bool] = []
    start = 0
    for found in re.finditer(r"[{};]", text):
        sign, prelude = found.group(), text[start : found.start()].strip()
        start = found.end()
        if sign == "{":
            if inside_rule and inside_rule[-1]:
                yield found.start(), "nesting"
            inside_rule.append(not prelude.startswith("@") or prelude.startswith("@font-face"))
        elif sign == "}" and inside_rule:
            inside_rule.pop()


def js_code(source: str) -> str:
    """The script with comments, strings, template text and regular expressions blanked out."""
    out: list[str] = []
    templates: list[int] = []  # open braces inside each ${ … } we are in
    place = 0
    while place < len(source):
        end = _skip(source, place, "".join(out[-12:]))
        char = source[place]
        if (end is None and char == "`") or (char == "}" and templates and templates[-1] == 0):
            if char == "}":
                templates.pop()
            end = _template(source, place + 1)
            if source[end - 2 : end] == "${":
                templates.append(0)
        elif end is None:
            if templates and char in "{}":
                templates[-1] += 1 if char == "{" else -1
            out.append(char)
            place += 1
            continue
        # A blanked value still is a value: what follows a string is never a regular expression.
        out.extend(_placeholder(source[place:end]))
        place = end
    return "".join(out)


def _placeholder(text: str) -> str:
    spaces = blank(text)
    return spaces if text.startswith(("//", "/*")) else "_" + spaces[1:]


def _skip(source: str, place: int, before: str) -> int | None:
    """Where a comment, string or regular expression that begins here ends; None when none begins."""
    char, pair = source[place], source[place : place + 2]
    if pair == "//":
        found = source.find("\n", place)
        return len(source) if found < 0 else found
    if pair == "/*":
        found = source.find("*/", place + 2)
        return len(source) if found < 0 else found + 2
    if char in "\"'":
        return _match(rf"{char}(?:\\.|[^{char}\\\n])*{char}?", source, place)
    if char == "/" and _BEFORE_REGEX.search(before):
        return _match(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*", source, place)
    return None


def _match(pattern: str, source: str, place: int) -> int | None:
    found = re.compile(pattern, re.DOTALL).match(source, place)
    return found.end() if found else None


def _template(source: str, place: int) -> int:
    """The end of template text: after its closing backtick or after the next `${`."""
    found = re.compile(r"(?:\\.|\$(?!\{)|[^`\\$])*(?:`|\$\{|$)", re.DOTALL).match(source, place)
    return found.end() if found else len(source)


def js_faults(source: str) -> Iterator[tuple[int, str]]:
    """(position, what) for everything in a script that lies beyond ES2020 or Chrome 87."""
    text = js_code(source)
    for what, pattern in JS_WORDS.items():
        for found in re.finditer(pattern, text):
            yield found.start(), what
    depth = 0
    for found in re.finditer(r"[{}]|\bawait\b", text):
        if found.group() == "await":
            if depth == 0 and not re.search(
                r"async\b[^;{]*=>\s*$", text[max(0, found.start() - 200) : found.start()]
            ):
                yield found.start(), "top-level await"
        else:
            depth += 1 if found.group() == "{" else -1


def faults(folder: Path) -> list[str]:
    """One line for each fault below `folder`."""
    lines = []
    for path in sorted(folder.rglob("*")):
        look = {".css": css_faults, ".js": js_faults, ".mjs": js_faults}.get(path.suffix)
        if look is None or not path.is_file():
            continue
        source = path.read_text(encoding="utf-8")
        for place, what in sorted(look(source)):
            line = source.count("\n", 0, place) + 1
            near = " ".join(source[max(0, place - 20) : place + 40].split())
            lines.append(f"{path.relative_to(folder)}:{line}: {what}: …{near}…")
    return lines


def main() -> int:
    found = faults(STATIC)
    for line in found:
        print(line)
    print(f"浏览器下限检查：{len(found)}处不能在Chrome 87上运行" if found else "浏览器下限检查：通过")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
