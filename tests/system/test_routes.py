"""Every route names who may call it, and every role gets the answer of the table below."""

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlmodel import select

from server.deals.models import Customer, Deal, Product
from server.people.access import RULES
from server.people.models import Person
from server.web.read_routes import ReadRoute
from tests.cast import PAGE, SLUG
from tests.conftest import Townhall

ROUTES = [
    "GET /proposals/{slug}",
    "GET /proposals/{slug}/v/{number}",
    "GET /pages/{slug}",
    "GET /pages/{slug}/v/{number}",
    "GET /proposals/{slug}/history",
    "GET /pages/{slug}/history",
    "GET /me/pay",
    "GET /proposals/{slug}/candidates/{key}/simulator",
    "GET /me/pay/details",
    "GET /proposals/{slug}/candidates/{key}/simulator/details",
    "GET /",
    "GET /health",
    "GET /inbox",
    "GET /ledger",
    "GET /search",
    "GET /live/proposals/{slug}",
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/code",
    "POST /sign-in/code",
    "POST /sign-out",
    "POST /sign-out-everywhere",
    "GET /demo/people",
    "POST /demo/people",
    "GET /invitations/{token}",
    "POST /invitations/{token}",
    "GET /password/lost",
    "POST /password/lost",
    "GET /me/password",
    "POST /me/password",
    "GET /me",
    "POST /me/keys",
    "POST /me/sessions/{number}/end",
    "GET /me/second-factor",
    "POST /me/second-factor/start",
    "POST /me/second-factor",
    "POST /me/second-factor/remove",
    "GET /people/names",
    "GET /people",
    "POST /people",
    "POST /people/bulk/invite",
    "POST /people/bulk/manager",
    "POST /people/bulk/level",
    "POST /people/bulk/region",
    "GET /people/{ulid}",
    "POST /people/{ulid}",
    "POST /people/{ulid}/level",
    "POST /people/{ulid}/level/remove",
    "POST /people/{ulid}/manager",
    "POST /people/{ulid}/quota",
    "POST /people/{ulid}/quota/{number}/remove",
    "POST /people/{ulid}/invitation",
    "POST /people/{ulid}/access/end",
    "POST /people/{ulid}/access/restore",
    "POST /people/{ulid}/second-factor/remove",
    "GET /people/{ulid}/merge",
    "POST /people/{ulid}/merge",
    "GET /deals",
    "GET /deals/{ulid}",
    "POST /deals/{ulid}",
    "GET /customers",
    "GET /customers/{ulid}",
    "POST /customers/{ulid}",
    "GET /products",
    "GET /products/{ulid}",
    "POST /products/{ulid}",
    "GET /settings",
    "POST /settings",
    "GET /overview",
    "GET /audit",
    "GET /audit.csv",
    "GET /plans",
    "GET /plans/new",
    "POST /plans/preview",
    "POST /plans",
    "GET /plans/{ulid}",
    "POST /plans/{ulid}/levels",
    "POST /plans/{ulid}/end",
    "POST /plans/{ulid}/withdraw",
    "GET /help",
    "GET /help/{name}",
    "GET /notices",
    "POST /notices/read",
    "POST /notices/{ulid}",
    "GET /me/notices",
    "POST /me/notices",
    "GET /unsubscribe/{token}",
    "POST /unsubscribe/{token}",
    "GET /demo/outbox",
    "GET /demo/outbox/{number}",
    "GET /imports/runs/{ulid}",
    "GET /imports/runs/{ulid}/progress",
    "POST /imports/runs/{ulid}/undo",
    "GET /imports",
    "POST /imports",
    "GET /imports/templates/{name}.csv",
    "GET /imports/{ulid}",
    "POST /imports/{ulid}",
    "POST /imports/{ulid}/answers",
    "GET /imports/{ulid}/mapping.yaml",
    "POST /imports/{ulid}/forget",
    "POST /imports/{ulid}/columns",
    "GET /exports/company.xlsx",
    "GET /exports/company.zip",
    "GET /me/deals.xlsx",
    "GET /me/deals.csv",
    "POST /api/v1/deals",
    "POST /api/v1/usage",
    "GET /tokens",
    "POST /tokens",
    "POST /tokens/{ulid}/revoke",
    "GET /proposals/{slug}/export.zip",
    "GET /pages/{slug}/export.zip",
    "GET /archives",
    "POST /archives",
    "GET /pages/new",
    "POST /pages/new",
    "GET /proposals/{slug}/settings",
    "GET /pages/{slug}/settings",
    "POST /proposals/{slug}/settings",
    "POST /pages/{slug}/settings",
    "POST /proposals/{slug}/archive",
    "POST /pages/{slug}/archive",
    "POST /proposals/{slug}/unarchive",
    "POST /pages/{slug}/unarchive",
    "POST /proposals/{slug}/v/{number}/read",
    "POST /pages/{slug}/v/{number}/read",
    "GET /proposals/new",
    "POST /proposals/new",
    "GET /proposals/{slug}/edit",
    "GET /pages/{slug}/edit",
    "POST /proposals/{slug}/preview",
    "POST /pages/{slug}/preview",
    "POST /proposals/{slug}/edit",
    "POST /pages/{slug}/edit",
    "POST /proposals/{slug}/edit/check",
    "POST /pages/{slug}/edit/check",
    "POST /proposals/{slug}/edit/autosave",
    "POST /pages/{slug}/edit/autosave",
    "POST /proposals/{slug}/edit/discard",
    "POST /pages/{slug}/edit/discard",
    "POST /proposals/{slug}/edit/share",
    "POST /pages/{slug}/edit/share",
    "POST /proposals/{slug}/v/{number}/restore",
    "POST /pages/{slug}/v/{number}/restore",
    "POST /proposals/{slug}/edit/merge",
    "POST /pages/{slug}/edit/merge",
    "POST /proposals/{slug}/edit/merge/save",
    "POST /pages/{slug}/edit/merge/save",
    "GET /proposals/{slug}/edit/review",
    "GET /pages/{slug}/edit/review",
    "POST /proposals/{slug}/edit/review",
    "POST /pages/{slug}/edit/review",
    "POST /proposals/{slug}/edit/preview",
    "POST /pages/{slug}/edit/preview",
    "POST /proposals/{slug}/edit/publish",
    "POST /pages/{slug}/edit/publish",
    "POST /proposals/{slug}/edit/schedule",
    "POST /pages/{slug}/edit/schedule",
    "GET /proposals/{slug}/edit/candidates/{index}",
    "POST /proposals/{slug}/edit/candidates/{index}/preview",
    "POST /proposals/{slug}/edit/candidates/{index}",
    "POST /proposals/{slug}/edit/candidates",
    "POST /proposals/{slug}/edit/candidates/{index}/open",
    "POST /proposals/{slug}/edit/candidates/{index}/up",
    "POST /proposals/{slug}/edit/without-examples",
    "POST /comments/{ulid}/apply-suggestion",
    "GET /comments/{ulid}/accept",
    "POST /comments/{ulid}/accept",
    "POST /inbox",
    "GET /proposals/{slug}/stages",
    "POST /proposals/{slug}/stages",
    "POST /proposals/{slug}/close",
    "POST /proposals/{slug}/reopen",
    "GET /proposals/{slug}/audience",
    "POST /proposals/{slug}/audience",
    "GET /proposals/{slug}/withdraw",
    "GET /pages/{slug}/withdraw",
    "POST /proposals/{slug}/withdraw",
    "POST /pages/{slug}/withdraw",
    "GET /proposals/{slug}/edit/preview",
    "GET /pages/{slug}/edit/preview",
    "GET /proposals/{slug}/v/{number}/blame",
    "GET /pages/{slug}/v/{number}/blame",
    "GET /proposals/{slug}/changes",
    "GET /pages/{slug}/changes",
    "GET /proposals/{slug}/changes.json",
    "GET /pages/{slug}/changes.json",
    "GET /proposals/{slug}/compare",
    "GET /proposals/{slug}/v/{number}/anchors",
    "GET /pages",
    "GET /proposals/{slug}/impact",
    "GET /proposals/{slug}/variants",
    "GET /proposals/{slug}/variants/new",
    "POST /proposals/{slug}/variants/preview",
    "POST /proposals/{slug}/variants",
    "GET /proposals/{slug}/variants/{key}",
    "POST /proposals/{slug}/variants/{key}/withdraw",
    "POST /proposals/{slug}/variants/{key}/promote",
    "GET /proposals",
    "GET /proposals/{slug}/comments",
    "GET /proposals/{slug}/status",
    "GET /proposals/{slug}/updates",
    "GET /proposals/{slug}/pay",
    "GET /proposals/{slug}/candidates/{key}/next-year",
    "GET /me/pay/next-year",
    "GET /proposals/{slug}/candidates/{key}/deal",
    "GET /me/pay/deal",
    "GET /proposals/{slug}/candidates/{key}/statement",
    "GET /me/pay/statement",
    "GET /proposals/{slug}/candidates/{key}/statement.csv",
    "GET /me/pay/statement.csv",
    "GET /proposals/{slug}/candidates/{key}/statement.xlsx",
    "GET /me/pay/statement.xlsx",
    "GET /me/scenarios",
    "POST /scenarios",
    "GET /scenarios/{ulid}",
    "POST /scenarios/{ulid}/delete",
    "GET /townhalls",
    "GET /townhalls/{ulid}",
    "POST /proposals/{slug}/candidates/{key}/pulse",
    "POST /proposals/{slug}/candidates/{key}/pulse/withdraw",
    "GET /proposals/{slug}/v/{number}/candidates/{key}/tally",
    "POST /proposals/{slug}/comments",
    "POST /comments/preview",
    "GET /comments/{ulid}",
    "POST /proposals/{slug}/seen",
    "POST /comments/{ulid}/seen",
    "GET /comments/{ulid}/resolution",
    "POST /comments/{ulid}/replies",
    "GET /comments/{ulid}/edit",
    "POST /comments/{ulid}/edit",
    "POST /comments/{ulid}/delete",
    "POST /comments/{ulid}/hide",
    "POST /comments/{ulid}/credit",
    "POST /comments/{ulid}/claim",
    "POST /comments/{ulid}/endorse",
    "POST /comments/{ulid}/answer",
]

EVERYBODY = {"Maya Rep", "Mona Manager", "Eve Executive", "Sam Success", "Ada Admin"}
WHO = {
    "impact viewer": {"Mona Manager", "Eve Executive", "Ada Admin"},
    "paid": {"Maya Rep"},
    "voter": {"Maya Rep"},
    "manager": {"Mona Manager", "Ada Admin"},
    "admin": {"Ada Admin"},
    "signed in": EVERYBODY,
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Rules are checked before anything is read: one database is enough."""
    return sqlite_url


def api_routes(app: FastAPI) -> list[APIRoute | ReadRoute]:
    tested_routes: list[APIRoute | ReadRoute] = []

    def collect(routes: list[object]) -> None:
        for route in routes:
            if isinstance(route, APIRoute | ReadRoute):
                tested_routes.append(route)
            elif hasattr(route, "routes") and not hasattr(route, "app"):
                collect(route.routes)
            elif hasattr(route, "original_router"):
                collect(route.original_router.routes)

    collect(list(app.routes))
    return tested_routes


def line(route: APIRoute | ReadRoute, method: str) -> str:
    return f"{method} {route.path.replace(':text', '')}"


def rules_of(route: APIRoute | ReadRoute) -> list[str]:
    return [RULES[route.rule]] if isinstance(route, ReadRoute) else rules_in(route.dependant)


def rules_in(dependant: Dependant) -> list[str]:
    names = [RULES[dependant.call]] if dependant.call in RULES else []
    return names + [name for inner in dependant.dependencies for name in rules_in(inner)]


def test_the_list_of_addresses_is_frozen(app: FastAPI) -> None:
    assert [line(route, method) for route in api_routes(app) for method in route.methods - {"HEAD"}] == ROUTES


def test_every_route_names_a_rule(app: FastAPI) -> None:
    without = [route.path for route in api_routes(app) if not rules_of(route)]
    assert without == []


def test_a_route_without_a_rule_would_be_found() -> None:
    bare = FastAPI()
    bare.add_api_route("/bare", lambda: None)
    [route] = [route for route in api_routes(bare) if route.path == "/bare"]
    assert rules_of(route) == []


def addresses(townhall: Townhall) -> dict[str, str]:
    """Return an address of a real object for every GET route."""
    admin = townhall.client("Ada Admin")
    comment = admin.get(f"/proposals/{SLUG}").text.split('id="thread-')[1].split('"')[0]
    hall = admin.get("/townhalls").text.split('href="/townhalls/')[1].split('"')[0]
    plan = admin.get("/plans").text.split('href="/plans/')[2].split('"')[0]
    admin.submit(admin.upload("customers.csv", "customer,sector\nCustomer M1,Boats\n"))
    run = admin.get("/imports").text.split('href="/imports/runs/')[1].split('"')[0]
    scenario = townhall.client("Maya Rep").get("/me/scenarios").text.split('href="/scenarios/')[1].split('"')[0]

    def special(path: str, place: str) -> str:
        if "/variants/" in path and place == "{key}":
            return "v1"
        if path.startswith("/help/"):
            return "reps"
        if place != "{ulid}":
            return ""
        if path.partition("{")[0] in MODELS:
            return row_of(townhall, MODELS[path.partition("{")[0]])
        named = {"imports/runs": run, "townhalls": hall, "scenarios": scenario, "plans": plan}
        return next((ulid for word, ulid in named.items() if word in path), "")

    values = {
        "{slug}": SLUG,
        "{number}": "2",
        "{key}": "a",
        "{ulid}": comment,
        "{token}": "no-such-token",
        "{index}": "0",
        "{name}": "people",
    }
    filled = {}
    for route in ROUTES:
        method, path = route.split(" ")
        if method != "GET" or path.startswith(("/live", "/imports/{", "/comments/{ulid}/edit")):
            continue
        for place, value in (values | ({"{slug}": PAGE} if path.startswith("/pages/") else {})).items():
            path = path.replace(place, special(path, place) or value)
        filled[route] = f"{path}?block=1" if path.endswith("/anchors") else path
    return filled


MODELS = {"/people/": Person, "/deals/": Deal, "/customers/": Customer, "/products/": Product}


def row_of(townhall: Townhall, model: type[Person | Deal | Customer | Product]) -> str:
    """Return the public ID of the first row of a table."""
    with townhall.database.reading() as session:
        return str(session.exec(select(model.ulid).order_by(model.ulid)).first())


def allowed(route: APIRoute | ReadRoute) -> set[str | None]:
    rules = set(rules_of(route))
    if "demo" in rules:
        return set()
    for name in ("admin", "manager", "impact viewer", "paid", "voter", "signed in"):
        if name in rules:
            return set(WHO[name])
    return {*EVERYBODY, None}


def test_every_role_meets_the_answer_of_the_rule(townhall: Townhall, app: FastAPI) -> None:
    routes = {line(route, "GET"): route for route in api_routes(app) if "GET" in route.methods}
    clients = {name: townhall.client(name) for name in (*sorted(EVERYBODY), None)}
    wrong = []
    for address, path in addresses(townhall).items():
        for name, client in clients.items():
            status = client.get(path).status_code
            if name in allowed(routes[address]):
                good = status in ({200, 303} if "{token}" not in address else {404})
            else:
                good = status == (303 if name is None and "demo" not in address else 404)
            if not good:
                wrong.append((address, name, status))
    assert wrong == []


@pytest.mark.parametrize("name", ["Maya Rep", "Mona Manager", "Eve Executive", None])
def test_absent_and_forbidden_look_the_same(townhall: Townhall, name: str | None) -> None:
    client = townhall.client(name)
    forbidden, absent = client.get("/people"), client.get("/people-that-are-not-there")
    if name is None:
        assert forbidden.status_code == 303
        return
    strip = lambda text: text.split("<main")[1]  # noqa: E731 - the main part only
    assert forbidden.status_code == absent.status_code == 404
    assert strip(forbidden.text) == strip(absent.text)


UNSAFE = [
    route
    for route in ROUTES
    if route.startswith("POST")
    and "/sign-in" not in route
    and "invitations/{" not in route
    and "/password/lost" not in route
    and "demo" not in route
    and "unsubscribe" not in route
]


@pytest.mark.parametrize("route", UNSAFE)
def test_a_stranger_changes_nothing(townhall: Townhall, route: str) -> None:
    path = route.removeprefix("POST ").format(
        slug=PAGE if "/pages/" in route else SLUG, key="a", ulid="x", number=1, token="x", index=0
    )
    fields = {"text": "x", "version": "2", "revision": "1", "email": "x@example.com"}
    answer = townhall.client(None).post(path, data=fields)
    assert answer.status_code == 401
    assert "x@example.com" not in answer.headers.get("location", "")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {},
        {"origin": "http://testserver"},
        {"origin": "https://testserver.evil.example"},
        {"referer": "https://testserver/"},
        {"origin": "https://elsewhere.example", "sec-fetch-site": "same-origin"},
        {"origin": "https://testserver", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
    ],
)
def test_requests_of_other_sites_are_refused(townhall: Townhall, headers: dict[str, str]) -> None:
    client = townhall.client("Maya Rep")
    del client.headers["origin"]
    path = f"/proposals/{SLUG}/comments"
    answer = client.post(
        path, data={"csrf": client.csrf, "version": "2", "text": "Said by another site"}, headers=headers
    )
    assert answer.status_code == 403
    assert "Said by another site" not in townhall.client("Maya Rep").get(path).text


def test_a_form_without_its_token_is_refused_and_comes_back(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    answer = client.post(f"/proposals/{SLUG}/comments", data={"version": "2", "text": "Not lost on the way"})
    assert answer.status_code == 403
    assert "Not lost on the way" in answer.text
