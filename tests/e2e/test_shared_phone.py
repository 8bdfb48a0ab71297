"""Two cadres on one cheap phone, and a paper that opens an account, in a real browser."""

from django.utils import timezone
from playwright.sync_api import Page

from accounts import openings, services
from accounts.models import User
from accounts.roles import Role
from tests.cast import PASSWORD, make_person, make_user
from tests.e2e.conftest import PHONE, Site, check_page

OWN = "Gushan-Spring-2026"


def sign_in(page: Page, phone: str, *, remember: bool) -> None:
    page.goto("/account/sign-in")
    page.get_by_label("手机号或工号").fill(phone)
    page.get_by_label("密码").fill(PASSWORD)
    if remember:
        page.get_by_label("在这部手机上记住我的号码").check()
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_the_next_one_signs_in_and_nothing_of_the_first_is_left(site: Site) -> None:
    cast = site.cast
    second = make_user("谢永华", "13900000402", Role.VISITOR, cast.village)
    person = make_person(cast, name="金丝雀依妹")
    page = site.page(size=PHONE)
    sign_in(page, second.phone, remember=True)
    page.get_by_role("button", name="换个人").click()
    sign_in(page, cast.visitor.phone, remember=True)
    page.goto(f"/person/{person.uuid}")
    assert "金丝雀依妹" in page.content()
    page.goto("/")
    check_page(page)

    page.get_by_role("button", name="换个人").click()
    page.wait_for_url("**/account/sign-in?who=other")
    check_page(page)
    assert page.get_by_label("139****0402（谢＊）").is_checked()
    assert cast.visitor.phone not in page.content()
    for _ in range(3):
        page.go_back()
        page.wait_for_load_state()
        assert "金丝雀依妹" not in page.content(), page.url
        assert page.get_by_label("密码").is_visible(), page.url
    page.goto(f"/person/{person.uuid}")
    assert "金丝雀依妹" not in page.content()

    page.goto("/account/sign-in?who=other")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    assert "谢永华" in page.content()
    assert "金丝雀依妹" not in page.content()


def test_a_paper_opens_an_account_also_without_scripts(site: Site) -> None:
    cast, now = site.cast, timezone.now()
    links = {}
    for phone, name in (("13900000411", "丁春燕"), ("13900000412", "魏志成")):
        post = services.NewPost("visitor", cast.village.pk, "", cast.on)
        user = services.create_user(
            name=name, phone=phone, staff_no=None, post=post, by=cast.township_clerk, at=now, on=cast.on
        )
        links[name] = openings.make(user_ids=[user.pk], by=cast.township_clerk, at=now, on=cast.on)[0]

    page = site.page(size=PHONE)
    page.goto(f"/account/open/{links['丁春燕'].link}")
    check_page(page)
    page.get_by_label("新密码", exact=True).fill(OWN)
    page.get_by_label("新密码再填一遍").fill(OWN)
    page.get_by_role("button", name="设好密码").click()
    page.wait_for_url(lambda url: url.rstrip("/") == site.url)
    assert "丁春燕" in page.content()

    plain = site.page(size=PHONE, javascript=False)
    plain.goto("/account/open")
    plain.get_by_label("手机号或工号").fill("139 0000 0412")
    plain.get_by_label("开通码").fill(links["魏志成"].code_words.lower())
    plain.get_by_role("button", name="下一步").click()
    plain.get_by_label("新密码", exact=True).fill(OWN)
    plain.get_by_label("新密码再填一遍").fill(OWN)
    plain.get_by_role("button", name="设好密码").click()
    plain.wait_for_url(lambda url: url.rstrip("/") == site.url)
    assert User.objects.get(phone="13900000412").check_password(OWN)
