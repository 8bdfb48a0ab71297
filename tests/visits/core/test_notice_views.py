"""The inbox, one's own mail, a unit's addresses, and what did not go out: as their readers see them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models.audit import LogEntry
from tests.cast import signed_in
from tests.visits.core.test_sending import robot, urgent, way
from tests.visits.core.test_telling import AT, news
from visits.core.models import Delivery, Notice, NoticeWay, Webhook
from visits.core.sending import hooks, outbox
from visits.core.telling import settle, tell

pytestmark = pytest.mark.django_db


def told(user: Any, *numbers: int) -> None:
    for number in numbers:
        tell([news(user, number, words=f"第{number}件要办")], at=AT + timedelta(minutes=number))


@pytest.fixture
def inbox() -> str:
    return reverse("visits_core:notices")


def test_the_bar_says_how_many_and_the_inbox_shows_them_newest_first(cast, inbox) -> None:
    told(cast.township_clerk, 1, 2, 3)
    told(cast.township_head, 9)
    settle(subject="report", subject_id=2, at=AT)
    client = signed_in(cast.township_clerk)
    page = client.get(inbox).content.decode()
    assert "通知，2条没看" in page
    assert page.index("第3件要办") < page.index("第1件要办")
    assert "第2件要办" not in page
    assert "第9件要办" not in page
    everything = client.get(f"{inbox}?which=all").content.decode()
    assert "第2件要办" in everything
    assert "已办" in everything


def test_opening_one_marks_it_seen_and_leads_to_its_page(cast, inbox) -> None:
    told(cast.township_clerk, 1)
    pk = Notice.objects.get().pk
    client = signed_in(cast.township_clerk)
    url = reverse("visits_core:notice_open", args=[pk])
    assert client.get(url).status_code == 405
    answer = client.post(url)
    assert (answer.status_code, answer["Location"]) == (302, "/changes/")
    assert Notice.objects.get().read_at is not None
    assert "通知，" not in client.get(inbox).content.decode()
    assert signed_in(cast.township_head).post(url).status_code == 404


def test_all_seen_means_those_that_stood_there(cast, inbox) -> None:
    told(cast.township_clerk, 1, 2)
    client = signed_in(cast.township_clerk)
    page = client.get(inbox)
    up_to = page.context["seen"].initial["up_to"]
    told(cast.township_clerk, 3)
    client.post(reverse("visits_core:notices_seen"), {"up_to": up_to})
    assert list(Notice.objects.filter(read_at=None).values_list("subject_id", flat=True)) == [3]
    client.post(reverse("visits_core:notices_seen"), {"up_to": "x"})
    assert Notice.objects.filter(read_at=None).count() == 1


def test_ten_and_a_hundred_cost_the_same_and_pages_go_on_where_they_stopped(cast, inbox) -> None:
    client, queries = signed_in(cast.township_clerk), []
    for numbers in (range(1, 11), range(11, 101)):
        tell([news(cast.township_clerk, n, words=f"第{n:03d}件") for n in numbers], at=AT)
        client.get(inbox)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(inbox)
        queries.append(len(captured))
    assert queries[0] == queries[1]
    seen: list[str] = []
    while True:
        text = page.content.decode()
        seen += [f"第{n:03d}件" for n in range(1, 101) if f">第{n:03d}件<" in text]
        if not page.context["next"]:
            break
        page = client.get(page.context["next"])
    assert len(seen) == len(set(seen)) == 100


def test_a_page_costs_no_query_more_for_the_bar(cast) -> None:
    client, url = signed_in(cast.township_clerk), reverse("visits_core:calendar")
    client.get(url)
    with CaptureQueriesContext(connection) as before:
        client.get(url)
    told(cast.township_clerk, 1, 2)
    with CaptureQueriesContext(connection) as after:
        assert "2条没看" in client.get(url).content.decode()
    assert len(before) == len(after)


def test_odd_filters_show_the_ordinary_page(cast, inbox) -> None:
    client = signed_in(cast.township_clerk)
    for query in ("which=x", "after=x", "after=99999999999999999999", "kind=x", "kind=report&which=all"):
        assert client.get(f"{inbox}?{query}").status_code == 200


# ── one's own mail ───────────────────────────────────────────────────────────────────────────────


def test_mail_is_one_s_own_affair_and_needs_an_address(cast, mailbox) -> None:
    client, url = signed_in(cast.village_head), reverse("visits_core:notice_way")
    assert client.post(url, {"email": "", "wants": "all"}).status_code == 422
    assert "邮箱写得不对" in client.post(url, {"email": "x", "wants": "all"}).content.decode()
    assert client.post(url, {"email": "a@fuzhou.gov.cn", "wants": "all"}).status_code == 302
    way_ = NoticeWay.objects.get()
    assert (way_.user, way_.email, way_.wants) == (cast.village_head, "a@fuzhou.gov.cn", "all")
    entry = LogEntry.objects.get(action="notice_way_set")
    assert "fuzhou.gov.cn" not in str(entry.detail)
    assert "a@fuzhou.gov.cn" in client.get(url).content.decode()


def test_without_a_mail_server_nobody_is_promised_a_letter(cast) -> None:
    client, url = signed_in(cast.village_head), reverse("visits_core:notice_way")
    assert "系统还没有接邮件" in client.get(url).content.decode()
    assert client.post(url, {"email": "a@fuzhou.gov.cn", "wants": "all"}).status_code == 422
    assert client.post(url, {"email": "", "wants": "nothing"}).status_code == 302


# ── a unit's addresses ───────────────────────────────────────────────────────────────────────────


def body(cast: Any, group: Any, **more: Any) -> dict[str, Any]:
    return {
        "region": cast.county.pk, "name": "救助群", "shape": "wecom", "address": f"{group.origin}/send?key=sesam",
        "secret": "",
    } | more  # fmt: skip


def test_a_county_adds_its_group_and_the_address_is_never_shown_again(cast, group) -> None:
    client, url = signed_in(cast.county_officer), reverse("visits_core:webhook_new")
    assert client.post(url, body(cast, group)).status_code == 302
    hook = Webhook.objects.get()
    assert b"sesam" not in bytes(hook.address)
    assert hooks.address_of(hook).endswith("key=sesam")
    page = client.get(reverse("visits_core:webhooks")).content.decode()
    assert "127.0.0.1" in page
    assert "sesam" not in page
    assert "等着发" in page
    outbox.send_waiting(timezone.now)
    assert group.taken[0][1]["text"]["content"] == "【巡访】这是一条试发的消息。收到就说明设好了。"
    assert "已发出" in client.get(reverse("visits_core:webhooks")).content.decode()
    assert "sesam" not in str(LogEntry.objects.get(action="webhook_added").detail)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"address": "https://10.0.0.1/x"}, "这是内部的地址，不能用"),
        ({"address": "http://qyapi.weixin.qq.com/x"}, "地址要以https://开头"),
        ({"name": ""}, "请填叫什么"),
        ({"secret": "SEC1"}, "只有钉钉要签名密钥"),
        ({"region": 1}, "请从选项里选"),
    ],
)
def test_what_can_not_be_an_address_is_said_at_its_field(cast, group, more, words) -> None:
    answer = signed_in(cast.county_officer).post(
        reverse("visits_core:webhook_new"), body(cast, group, **more)
    )
    assert (answer.status_code, words in answer.content.decode()) == (422, True)


def test_two_of_one_name_are_refused_at_the_name(cast, group) -> None:
    client, url = signed_in(cast.county_officer), reverse("visits_core:webhook_new")
    client.post(url, body(cast, group))
    assert "已经有一个叫这个名字的" in client.post(url, body(cast, group)).content.decode()


def test_it_is_tried_turned_off_and_on_by_its_own_county_only(cast, group) -> None:
    hook = robot(cast, f"{group.origin}/send")
    names = ("webhook_test", "webhook_off", "webhook_on")
    for name in names:
        url = reverse(f"visits_core:{name}", args=[hook.pk])
        assert signed_in(cast.neighbour).post(url).status_code == 404
        assert signed_in(cast.township_clerk).post(url).status_code == 403
    client = signed_in(cast.county_officer)
    client.post(reverse("visits_core:webhook_off", args=[hook.pk]))
    assert not Webhook.objects.get().on
    client.post(reverse("visits_core:webhook_test", args=[hook.pk]))
    assert outbox.send_waiting(timezone.now) == 1
    client.post(reverse("visits_core:webhook_on", args=[hook.pk]))
    assert Webhook.objects.get().on
    actions = {"webhook_off", "webhook_tested", "webhook_on"}
    assert set(LogEntry.objects.filter(object_type="webhook").values_list("action", flat=True)) == actions


# ── what did not go out ──────────────────────────────────────────────────────────────────────────


def test_the_administrator_sees_what_did_not_go_and_lets_it_go_again(cast, mailbox) -> None:
    way(cast.township_clerk)
    mailbox.refuse.add("@")
    urgent(cast.township_clerk)
    outbox.send_waiting(lambda: AT)
    client, url = signed_in(cast.system_admin), reverse("visits_core:deliveries")
    page = client.get(url).content.decode()
    assert "收件的邮箱不存在" in page
    assert "重发" in page
    again = reverse("visits_core:delivery_resend", args=[Delivery.objects.get().pk])
    client.post(again)
    assert Delivery.objects.get().state == "waiting"
    client.post(again)
    assert LogEntry.objects.filter(action="delivery_sent_again").count() == 1
    assert signed_in(cast.county_officer).get(url).status_code == 403
    for state in ("waiting", "sent", "failed", "dropped", "x"):
        assert client.get(f"{url}?state={state}&after=5").status_code == 200
