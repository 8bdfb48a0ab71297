"""The units' pages: finding, looking, changing; who may; what is said when it can't be done."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Region
from tests.cast import signed_in

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
CSV = (Path(settings.BASE_DIR) / "data" / "fuzhou_regions.csv").read_text(encoding="utf-8")
URL = "/account/units"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def keeper(cast: Any) -> Any:
    return signed_in(cast.city_business)


def page(client: Any, url: str = URL, **values: Any) -> str:
    response = client.get(url, values)
    assert response.status_code == 200
    html: str = response.content.decode()
    assert "⟦" not in html
    assert len(html.encode()) < 100_000
    return html


def test_the_first_page_lists_the_counties_with_what_is_under_them(keeper: Any) -> None:
    html = page(keeper)
    for name in ("鼓楼区", "高新区", "平潭县", "永泰县"):
        assert name in html
    assert "由平潭综合实验区管理" in html
    assert "月洲村" not in html


def test_a_name_or_a_code_finds_a_unit_with_its_way(keeper: Any, cast: Any) -> None:
    assert "永泰县 · 嵩口镇" in page(keeper, q="月洲")
    assert "嵩口镇" in page(keeper, q=cast.township.code)
    assert "没有这样的单位" in page(keeper, q="不存在的地方")


def test_what_is_out_is_listed_with_its_reason_and_not_with_all_below(keeper: Any) -> None:
    html = page(keeper, show="inactive")
    assert "平潭县" in html
    assert "马祖乡" in html
    assert html.count("没有启用</span>") <= 3


def test_nonsense_in_the_address_is_left_out(keeper: Any) -> None:
    assert "鼓楼区" in page(keeper, show="x'--", after="-1", q="")


def test_a_page_of_a_city_costs_no_more_queries_than_one_of_a_village(keeper: Any, cast: Any) -> None:
    counts = []
    for unit in (cast.city, cast.village):
        page(keeper, f"{URL}/{unit.pk}")
        with CaptureQueriesContext(connection) as queries:
            page(keeper, f"{URL}/{unit.pk}")
        counts.append(len(queries))
    assert abs(counts[0] - counts[1]) <= 1


def test_the_system_administrator_looks_and_the_keeper_changes(keeper: Any, cast: Any) -> None:
    admin = signed_in(cast.system_admin)
    url = f"{URL}/{cast.village.pk}"
    assert "改名称" not in page(admin, url)
    assert "改名称" in page(keeper, url)
    for step in ("rename", "switch", "move", "merge"):
        assert admin.get(f"{url}/{step}").status_code == 403
        assert admin.post(f"{url}/{step}", {}).status_code == 403
        assert keeper.get(f"{url}/{step}").status_code == 200
    assert admin.get(f"{URL}/list").status_code == 403


@pytest.mark.parametrize("step", ["rename", "switch", "move", "merge"])
def test_an_empty_form_is_said_at_its_fields(keeper: Any, cast: Any, step: str) -> None:
    response = keeper.post(f"{URL}/{cast.village.pk}/{step}", {})
    assert response.status_code == 422
    assert "还有" in response.content.decode()


def test_a_unit_moves_by_its_form_and_the_page_says_since_when(keeper: Any, cast: Any) -> None:
    gaoxin = Region.objects.get(key="GX")
    url = f"{URL}/{cast.township.pk}"
    answer = keeper.post(
        f"{url}/move", {"to_id": gaoxin.pk, "starts_on": "2026-11-24", "document_no": "榕政1号"}
    )
    assert answer["Location"] == url
    html = page(keeper, url)
    assert "从永泰县到高新区（榕政1号）" in html
    assert "还没到日子" not in html
    again = keeper.post(f"{url}/move", {"to_id": cast.county.pk, "starts_on": "2026-12-31"})
    assert again.status_code == 302
    assert "还没到日子" in page(keeper, url)


def test_a_refused_change_keeps_what_was_typed(keeper: Any, cast: Any) -> None:
    url = f"{URL}/{cast.village.pk}/rename"
    response = keeper.post(url, {"name": cast.other_village.name})
    assert response.status_code == 422
    html = response.content.decode()
    assert "已经有" in html
    assert f'value="{cast.other_village.name}"' in html


def test_closing_asks_why_and_opening_does_not(keeper: Any, cast: Any) -> None:
    url = f"{URL}/{cast.village.pk}/switch"
    keeper.post(url, {"reason": "整村搬迁"})
    assert "整村搬迁" in page(keeper, f"{URL}/{cast.village.pk}")
    assert "reason" not in page(keeper, url)
    keeper.post(url, {})
    assert Region.objects.get(pk=cast.village.pk).active


def upload(client: Any, text: str, name: str = "新代码表.csv") -> Any:
    return client.post(f"{URL}/list", {"file": SimpleUploadedFile(name, text.encode())})


def test_a_list_is_shown_as_a_difference_before_anything_changes(keeper: Any, cast: Any) -> None:
    gone = f"{cast.other_village.code},{cast.other_village.source_name},village,{cast.township.code}\n"
    text = CSV.replace(gone, "").replace(
        f"{cast.village.code},{cast.village.source_name}", f"{cast.village.code},新月洲村委会"
    )
    answer = upload(keeper, text)
    assert answer.status_code == 302
    html = page(keeper, answer["Location"])
    assert "新增0个，改名1个，换了代码0个，表里没有了1个" in html
    assert "月洲村 改为 <b>新月洲村</b>" in html
    assert Region.objects.get(pk=cast.village.pk).name == "月洲村"
    done = keeper.post(answer["Location"], {"starts_on": "2026-11-24"})
    assert done["Location"] == URL
    assert Region.objects.get(pk=cast.village.pk).name == "新月洲村"
    assert Region.objects.get(pk=cast.other_village.pk).valid_to is None
    keeper.post(answer["Location"], {"starts_on": "2026-11-24", "end": [cast.other_village.code]})
    assert Region.objects.get(pk=cast.other_village.pk).valid_to == dt.date(2026, 11, 23)


def test_the_same_list_says_that_nothing_differs(keeper: Any) -> None:
    assert "和现在的单位完全一样" in page(keeper, upload(keeper, CSV)["Location"])


def test_a_wrong_list_is_refused_at_its_field_with_the_line(keeper: Any) -> None:
    response = upload(keeper, CSV.replace("350102,鼓楼区", "35010,鼓楼区"))
    assert response.status_code == 422
    html = response.content.decode()
    assert 'id="id_file_error"' in html
    assert "第3行：代码应是6位数字" in html


def test_a_day_to_come_is_not_taken_for_a_list(keeper: Any) -> None:
    url = upload(keeper, CSV.replace("鼓楼区", "鼓楼新区"))["Location"]
    response = keeper.post(url, {"starts_on": "2026-11-25"})
    assert response.status_code == 422
    assert "不能晚于今天" in response.content.decode()


def test_another_kind_of_file_is_no_list(keeper: Any, cast: Any) -> None:
    from xunfang.kit import files

    other = files.store(
        b"x", name="a", content_type="text/plain", kind="photo", owner_id=cast.city_business.pk
    )
    assert keeper.get(f"{URL}/list/{other.uuid}").status_code == 404


def test_a_new_village_is_made_on_its_township_s_page(keeper: Any, cast: Any) -> None:
    assert f"{URL}/{cast.township.pk}/new" in page(keeper, f"{URL}/{cast.township.pk}")
    assert "新设村（居）" in page(keeper, f"{URL}/{cast.township.pk}/new")
    wrong = keeper.post(f"{URL}/{cast.township.pk}/new", {"name": "", "starts_on": "2026-11-24"})
    assert wrong.status_code == 422
    assert "请填名称" in wrong.content.decode()
    done = keeper.post(f"{URL}/{cast.township.pk}/new", {"name": "新月村", "starts_on": "2026-12-01"})
    assert done.status_code == 302
    html = page(keeper, f"{URL}/{cast.township.pk}")
    assert "新月村" in html
    assert "还没到日子" in html
    assert keeper.get(f"{URL}/{cast.village.pk}/new").status_code == 404
