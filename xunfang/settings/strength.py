"""What stands where a random secret belongs and can be guessed: production does not start with it."""

from itertools import pairwise

# Folded as `_plain` folds, so that p@ssw0rd is found as well.
WORDS = (
    "password", "passwd", "passphrase", "secret", "changeme", "change-me", "insecure", "example", "default",
    "xunfang", "postgres", "redis", "admin", "qwerty", "letmein", "welcome", "iloveyou", "fuzhou", "minzheng",
    "123456", "654321", "111111", "000000", "888888", "666666", "5201314", "112233", "abcdef", "abc123",
    "口令", "密码", "密钥", "巡访", "民政",
)  # fmt: skip
SHORTEST_PASSWORD = 12


def guessable(secret: str | bytes, *, distinct: int) -> str:
    """Why somebody would find this secret by trying, as the end of a sentence; empty when it looks random.

    `distinct`: how many different characters (bytes) a random one of its length has at the very least.
    """
    text = secret.decode("latin-1") if isinstance(secret, bytes) else secret
    plain = _plain(text)
    for word in WORDS:
        if word in text.lower() or word in plain:
            return f"里面有“{word}”，谁都会先试这个"
    if len(set(text)) < distinct:
        return f"只用了{len(set(text))}种不同的字符，太好猜"
    if text in (text + text)[1:-1]:
        return "是一段话重复了几遍，太好猜"
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    if len(steps) < distinct // 2:
        return "是按次序排下来的字符，太好猜"
    return ""


def weak_password(password: str) -> str:
    """The same for a password in an address; `SHORTEST_PASSWORD` characters are the least."""
    found = guessable(password, distinct=8)
    return found or (
        f"只有{len(password)}个字符，至少要{SHORTEST_PASSWORD}个" if len(password) < SHORTEST_PASSWORD else ""
    )


def twins(secrets: dict[str, str | bytes]) -> tuple[str, str] | None:
    """The first two names that hold the same secret, in the order given."""
    seen: dict[bytes, str] = {}
    for name, secret in secrets.items():
        value = secret.encode() if isinstance(secret, str) else secret
        if value in seen:
            return seen[value], name
        seen[value] = name
    return None


def _plain(text: str) -> str:
    return text.lower().translate(str.maketrans("@40$5317!", "aaosseiti"))
