"""Every page that anybody can reach by links, once: no sideways scroll at both widths, nothing axe objects to at the one
at which the role works."""

from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Error

from accounts.roles import Role
from tests.e2e.conftest import DESKTOP, PHONE, Site, check_page
from tests.world import fill

# Files to download are no pages; signing out ends the walk.
SKIP = {"accounts:sign_out", "accounts:file", "health"}
MOST = 40
VILLAGE = {Role.VISITOR, Role.VILLAGE_HEAD, Role.LIAISON}


def _view(path: str) -> str | None:
    try:
        return resolve(path).view_name
    except Resolver404:
        return None


def test_every_page_reached_by_links_is_fit_to_use(site: Site) -> None:
    fill(site.cast, site.cast.on)
    seen: set[str] = set()
    for role in Role:
        page = site.page(site.cast.users[role.value], size=DESKTOP)
        queue, came_from = ["/"], {"/": ""}
        own = 0
        while queue and own < MOST:
            path = queue.pop(0)
            name = _view(urlsplit(path).path)
            if name is None or name in SKIP or (name in seen and path != "/"):
                continue
            try:
                response = page.goto(path)
            except Error as error:
                if "Download is starting" not in str(error):
                    raise
                continue
            kind = response.headers.get("content-type", "") if response else ""
            if "text/html" not in kind:
                continue
            assert response is not None
            assert response.status == 200, (role, path, response.status, "linked from", came_from[path])
            seen.add(name)
            own += 1
            check_page(page, axe=role not in VILLAGE)
            page.set_viewport_size(PHONE)
            check_page(page, axe=role in VILLAGE)
            page.set_viewport_size(DESKTOP)
            for link in page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))"):
                target = link.split("#")[0]
                if target.startswith("?"):
                    target = urlsplit(path).path + target
                if (
                    target.startswith("/")
                    and target not in came_from
                    and "zi=" not in target
                    and "pdf" not in target
                ):
                    came_from[target] = path
                    queue.append(target)
        page.context.close()
    print(f"{len(seen)} kinds of pages")
    assert len(seen) >= 20
