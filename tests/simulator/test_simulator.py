"""The simulator: my deals under each plan, what-if, the statement and its files."""

import csv
import io
import re
from dataclasses import replace

import pytest

from server.comp import explain
from server.simulator import views as simulator_views
from server.simulator.projection import UnexplainedError, explain_projection, project
from tests.cast import SLUG, flat
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}/candidates/a/simulator"


def total(text: str) -> str:
    return re.search(r'id="total">([^<]*)<', text)[1]


def test_my_last_twelve_months_under_a_candidate_and_today(townhall: Townhall) -> None:
    text = townhall.client("Maya Rep").get(PATH).text
    # Today: 90,370,361 cents of ARR, 80,000,000 at 6.25 % and the rest at 9.375 %, on 50,000 of base.
    assert "$109,722.21" in text
    # A, at 7 % and 10.5 % above quota: 33,444.45 at signing; 4,320.98 at the aha moment, of M1 only, as M2 took
    # 71 days; 9,074.07 of M3's 12,098.76 taken back, for nine of twelve months.
    assert total(text) == "$78,691.36"
    assert "▼" in text
    assert "less than today" in text
    assert "twelve months to Oct 31, 2026" in text


def test_every_deal_shows_its_explanation(townhall: Townhall) -> None:
    text = flat(townhall.client("Maya Rep").get(PATH.replace("simulator", "statement")).text)
    assert "aha after 71 days, the limit is 60 days" in text
    assert "not reached by Oct 31, 2026" in text
    assert "the customer left on Sep 20, 2026" in text
    assert text.count("<summary><span>") == 4


def test_no_figure_is_shown_if_the_statement_disagrees(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong_explain(history, plan, window, *, trace=True):  # noqa: ANN001, ANN202 - replaces explain
        statement = explain(history, plan, window, trace=trace)
        return replace(statement, base=statement.base[1:])

    monkeypatch.setattr("server.simulator.projection.explain", wrong_explain)
    text = townhall.client("Maya Rep").get(PATH).text
    assert "no figure is shown" in text
    refused = townhall.client("Maya Rep").get(PATH.replace("simulator", "statement"))
    assert refused.status_code == 422
    assert "$78,691.36" not in text.split('id="figures"')[1].split("</aside>")[0]
    details = townhall.client("Maya Rep").get(f"{PATH}/details", headers={"hx-request": "true"}).text
    assert "no figure is shown" in details.split('<div id="figures" hx-swap-oob="innerHTML">')[1]
    assert "<svg" not in details


def test_a_slider_updates_the_figures_first_and_then_the_charts(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    figures = client.get(f"{PATH}?aha=0", headers={"hx-request": "true"}).text
    page = client.get(f"{PATH}?aha=0").text
    assert total(figures) == total(page)
    assert "<svg" not in figures
    [details_url] = re.findall(r'id="details"[^>]* hx-get="([^"]*)"', page)
    url = f"{details_url}?aha=0"
    assert details_url == f"{PATH}/details"
    charts = client.get(url, headers={"hx-request": "true"}).text
    assert charts.strip() in page
    assert "<svg" in charts
    response = client.get(url, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, f"{PATH}?aha=0")


def test_the_cross_check_detects_a_wrong_total(townhall: Townhall) -> None:
    with townhall.database.reading() as session:
        from server.books.offers import today_offer  # noqa: PLC0415
        from server.books.own_book import own_book  # noqa: PLC0415

        today = today_offer(session)
        book = own_book(session, townhall.person("Maya Rep").id or 0, today.plan)
    [projection] = project(book.history, [today], book.window)
    assert explain_projection(book.history, projection, book.window).total == projection.total
    wrong = type(projection)(
        projection.offer, projection.total + 1, projection.by_month, projection.by_element, None, ""
    )
    with pytest.raises(UnexplainedError):
        explain_projection(book.history, wrong, book.window)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("aha=100&churn=0", "$99,864.19"),
        ("attainment=0", "$50,000"),
        ("level=Associate+1", "$78,691.36"),
    ],
)
def test_what_if_changes_only_the_figures(townhall: Townhall, query: str, expected: str) -> None:
    client = townhall.client("Maya Rep")
    page = client.get(f"{PATH}?{query}").text
    fragment = client.get(f"{PATH}?{query}", headers={"hx-request": "true"}).text
    assert total(page) == total(fragment)
    assert "<html" not in fragment
    assert "Assumptions:" in fragment
    assert total(page) == expected
    assert total(client.get(PATH).text) == "$78,691.36"


@pytest.mark.parametrize(
    ("query", "expected_text"),
    [
        ("attainment=many", "This is not a number."),
        ("rating=6", "Enter a number from 1 to 5"),
        ("churn=-1", "Enter a number from 0 to 100"),
        ("level=Boss", "does not have that level"),
        ("aha=1e9", "This is not a number."),
    ],
)
def test_an_invalid_assumption_is_reported_at_its_field(townhall: Townhall, query: str, expected_text: str) -> None:
    text = townhall.client("Maya Rep").get(f"{PATH}?{query}").text
    assert expected_text in text
    assert query.split("=")[1] in text
    assert total(text) == "$78,691.36"


def test_the_csv_file_adds_up_to_the_page(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    response = client.get(PATH.replace("simulator", "statement.csv"))
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.content.startswith(b"\xef\xbb\xbf")  # without it spreadsheets garble accents
    rows = list(csv.DictReader(io.StringIO(response.text)))
    cents = sum(round(float(row["amount"]) * 100) for row in rows if row["state"] == "paid")
    assert f"${cents / 100:,.2f}" == total(client.get(PATH).text)


def test_the_csv_file_has_no_formulas() -> None:
    from server.statements.csv import escape_formula  # noqa: PLC0415

    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "|cmd", "%1", "＝1", "\n=1"):
        assert escape_formula(text) == f"'{' '.join(text.splitlines()) if text[0] == chr(10) else text}"
    assert escape_formula("Acme") == "Acme"


def test_a_person_without_deals_sees_a_reference_year(townhall: Townhall) -> None:
    text = townhall.client("Newt Newcomer").get("/me/pay").text
    assert "You have no deals yet. This shows a reference year" in text
    assert total(text) == "$100,000"


def test_missing_data_is_reported(townhall: Townhall) -> None:
    assert "None of your customers has given a rating." in townhall.client("Dana Rep").get("/me/pay").text
    assert "no customers who left" in townhall.client("Dana Rep").get("/me/pay").text


def test_candidates_show_my_pay_only_on_request(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    plain = client.get(f"/proposals/{SLUG}").text
    assert "$78,691.36" not in plain
    assert 'href="?pay=1' in plain
    fragment = client.get(f"/proposals/{SLUG}/pay?v=2", headers={"hx-request": "true"}).text
    assert fragment.count("hx-swap-oob") == 2
    for text in (fragment, client.get(f"/proposals/{SLUG}?pay=1").text):
        assert "$78,691.36" in text
        assert "$109,722.21" in text
    assert "$78,691.36" not in townhall.client("Dana Rep").get(f"/proposals/{SLUG}?pay=1").text


def test_my_pay_box_describes_the_break_even(townhall: Townhall) -> None:
    with townhall.database.reading() as session:
        from server.documents import queries as document_queries  # noqa: PLC0415

        edition = document_queries.version_page(session, SLUG)
        pay_box = simulator_views.my_pay_box(
            session, townhall.person("Dana Rep").id or 0, document_queries.candidates(session, edition.version_id)
        )
    sentences = [str(sentence) for sentence in pay_box.sentences]
    assert len(sentences) == 2
    assert all("today" in sentence for sentence in sentences)
    assert pay_box.chart.own_x is not None


def test_a_filtered_statement_still_adds_up(townhall: Townhall) -> None:
    client, path = townhall.client("Maya Rep"), PATH.replace("simulator", "statement")
    unfiltered = client.get(path).text
    assert total(unfiltered) == "$78,691.36"
    assert "All deals (4)" in unfiltered
    filtered = flat(client.get(f"{path}?state=missed").text)
    shown_count = filtered.count("<summary><span>")
    assert 0 < shown_count < 4
    assert f"{shown_count} of 4 deals" in filtered
    assert total(filtered) == "$78,691.36"
    assert "No matching deals." in client.get(f"{path}?find=nobody").text
    fragment = client.get(f"{path}?order=paid", headers={"hx-request": "true"}).text
    assert "<html" not in fragment
    restored = {"hx-request": "true", "hx-history-restore-request": "true"}
    assert "<html" in client.get(path, headers=restored).text


def test_next_year_is_the_same_at_every_request_and_for_every_plan(townhall: Townhall) -> None:
    client, path = townhall.client("Maya Rep"), PATH.replace("simulator", "next-year")
    first = client.get(path).text
    assert client.get(path).text.split('id="part"')[1] == first.split('id="part"')[1]
    assert re.search(r"In \d+ of 20 equally likely years, A pays you more than today, and less in \d+\.", first)
    assert first.count('class="dot ') == 60
    assert "too few for a forecast" not in first  # with fewer than five peers nobody's deals are lent


def test_one_more_deal_shows_what_it_pays_and_when(townhall: Townhall) -> None:
    client, path = townhall.client("Maya Rep"), PATH.replace("simulator", "deal")
    text = client.get(f"{path}?amount=10000&signed=2026-10-20&aha_after=30").text
    # Above quota A pays 10.5 %: 1,050, half of it in October and half at the aha moment in November.
    assert "$1,050</b>" in text
    assert "Oct 2026: $525; Nov 2026: $525" in text
    assert "$937.50</b>" in text
    assert "Enter the deal's ARR" in client.get(f"{path}?deal=nothing").text
    assert "Enter the deal's ARR" in client.get(f"{path}?ask=1").text
    assert "it starts in the tier you have reached" in text
    assert "the first deal of that year" in client.get(f"{path}?amount=10000&signed=2027-01-20").text
    assert "This is not an amount of money." in client.get(f"{path}?amount=lots").text
    assert "within a year of the end of the data" in client.get(f"{path}?amount=5&signed=1999-01-01").text


def test_scenarios_contain_assumptions_and_never_pay(townhall: Townhall) -> None:
    maya, dana = townhall.client("Maya Rep"), townhall.client("Dana Rep")
    assert maya.submit("/scenarios", name="All stay", assumed="?aha=100&churn=0").status_code == 303
    listed = maya.get("/me/scenarios").text
    assert "All stay" in listed
    assert "aha moment reached by 100% of customers" in listed
    assert "$99,864.19" in listed
    ulid = re.search(r'href="/scenarios/(\w+)"', listed)[1]
    opened = dana.get(f"/scenarios/{ulid}")
    assert opened.headers["location"] == "/me/pay?aha=100&churn=0"
    assert "All stay" not in dana.get("/me/scenarios").text
    assert "$99,864.19" not in dana.get("/me/pay?aha=100&churn=0").text
    assert dana.submit(f"/scenarios/{ulid}/delete").status_code == 404
    assert maya.submit("/scenarios", name="All stay", assumed="?churn=50").status_code == 303
    assert maya.submit("/scenarios", name="", assumed="?churn=50").status_code == 422
    assert maya.submit("/scenarios", name="Nothing", assumed="?total=5").status_code == 422
    assert maya.submit(f"/scenarios/{ulid}/delete").status_code == 303
    assert "All stay" not in maya.get("/me/scenarios").text


def test_an_unreachable_attainment_is_not_claimed(townhall: Townhall) -> None:
    text = townhall.client("Maya Rep").get(f"{PATH}?deals=0&attainment=120").text
    assert "There are no deals to scale to this attainment." in text
    assert "attainment 120%" not in text


def test_one_more_deal_starts_with_the_usual_days_to_the_aha_moment(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    field = r'id="d-aha"[^>]* value="(\d*)"'
    path = PATH.replace("simulator", "deal")
    usual = re.search(field, maya.get(f"{path}?aha=100&aha_days=21").text)[1]
    assert usual == "21"
    assert re.search(field, maya.get(f"{path}?aha=0").text)[1] == ""
    assert re.search(field, maya.get(f"{path}?aha=100&aha_days=21&ask=1&amount=30000").text)[1] == ""
