"""What a password must be: twelve characters of three kinds, and nothing a colleague would guess."""

import re

from django.core.exceptions import ValidationError

CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")
OURS = ("fuzhou", "minzheng", "xunfang", "福州", "民政", "巡访")
LENGTH = 12


class FourClasses:
    def validate(self, password: str, user: object = None) -> None:
        kinds = sum(1 for pattern in CLASSES if re.search(pattern, password))
        if len(password) < LENGTH or kinds < 3:
            raise ValidationError(
                f"至少{LENGTH}个字，要有大写字母、小写字母、数字、符号里的三种", code="password_weak"
            )

    def get_help_text(self) -> str:
        return f"至少{LENGTH}个字，大写字母、小写字母、数字、符号里有三种。"


class NotAboutUs:
    def validate(self, password: str, user: object = None) -> None:
        lower = password.lower()
        own = [str(getattr(user, name, "") or "") for name in ("phone", "staff_no", "name")]
        for word in (*OURS, *own):
            if word and word.lower() in lower:
                raise ValidationError(f"密码里不要有“{word}”，容易被猜到", code="password_guessable")

    def get_help_text(self) -> str:
        return "不要用单位名、姓名、手机号。"
