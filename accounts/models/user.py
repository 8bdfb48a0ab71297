"""A person who signs in, by mobile number or by staff number."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q

from xunfang.kit.history import tracked


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, name: str, password: str | None = None, **values: Any) -> "User":
        user = self.model(name=name, **values)
        user.set_password(password)
        user.save(using=self._db)
        return user


@tracked(exclude=["password", "last_login"])
class User(AbstractBaseUser, PermissionsMixin):
    """Nobody's rights stand here: they follow from the posts (`Post`) that are live today."""

    name = models.CharField("姓名", max_length=30)
    phone = models.CharField("手机号", max_length=11, null=True, unique=True)
    staff_no = models.CharField("工号", max_length=20, null=True, unique=True)
    is_active = models.BooleanField("在用", default=True)
    must_change_password = models.BooleanField("下次登录改密码", default=False)
    password_changed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: list[str] = []
    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__isnull=False) | Q(staff_no__isnull=False),
                name="user_can_sign_in",
                violation_error_message="手机号和工号至少填一个",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name
