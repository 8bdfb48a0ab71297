"""What people need, ticked on a visit and answered by a plan (四(一)-8). Codes are for life; words are today's."""

NEEDS: tuple[tuple[str, str], ...] = (
    ("money", "生活费"),
    ("medicine", "看病用药"),
    ("care", "有人照料"),
    ("meals", "吃饭助餐"),
    ("house", "修房子"),
    ("safety", "用电用气安全"),
    ("aids", "轮椅等辅具"),
    ("school", "上学"),
    ("work", "找活干"),
    ("company", "有人说说话"),
    ("papers", "办证办手续"),
    ("other", "别的"),
)
WORDS = dict(NEEDS)
