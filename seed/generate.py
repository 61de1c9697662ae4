"""Writes the sample company's files: people, customers, products, deals and usage, the same at every run."""

import csv
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent / "data"
FIRST, LAST = date(2024, 11, 1), date(2026, 10, 31)
LEVELS = ("Associate 1", "Associate 2", "Associate 3")
PRODUCTS = (("Harbor Inbox", "Inbox", 9_600), ("Harbor Flow", "Flow", 14_400), ("Harbor Insight", "Insight", 24_000))
REGIONS = {"Chicago": "Mark Olsen", "Boston": "Ines Duarte", "Denver": "Owen Blake", "Dublin": "Aoife Byrne"}
REPS = (
    "Maya Chen",
    "Dana Kim",
    "Luis Ortega",
    "Hannah Weiss",
    "Tomas Novak",
    "Grace Adeyemi",
    "Ben Carter",
    "Yuki Tanaka",
    "Sofia Rossi",
    "Peter Lang",
    "Amara Okafor",
    "Jonas Berg",
    "Leila Haddad",
    "Kevin Walsh",
    "Ingrid Dahl",
    "Marcus Reed",
    "Elena Petrova",
    "Sam Whitfield",
    "Nadia Rahman",
    "Oscar Lind",
    "Ruth Goldberg",
    "Diego Fuentes",
    "Clara Hoffmann",
    "Ibrahim Sesay",
    "Molly Doyle",
    "Victor Nguyen",
    "Anja Keller",
    "Joel Abramson",
    "Farah Aziz",
    "Niall Kearney",
    "Teresa Lopes",
    "Wes Harmon",
)
OTHERS = (
    ("Priya Raman", "admin", "Revenue operations"),
    ("Helen Marsh", "executive", "Chief executive"),
    ("Stefan Vogel", "executive", "Chief financial officer"),
    ("Rosa Delgado", "success", "Customer success"),
    ("Tariq Mansour", "success", "Customer success"),
)
FRONT = (
    "Alder",
    "Beacon",
    "Cedar",
    "Delta",
    "Ember",
    "Fjord",
    "Granite",
    "Harvest",
    "Ivory",
    "Juniper",
    "Keystone",
    "Lark",
    "Meadow",
    "North",
    "Orchard",
    "Pioneer",
    "Quarry",
    "Ridge",
    "Summit",
    "Tidal",
    "Umber",
    "Vale",
    "Willow",
    "Yarrow",
)
BACK = (
    "Logistics",
    "Health",
    "Foods",
    "Textiles",
    "Partners",
    "Studios",
    "Energy",
    "Freight",
    "Clinics",
    "Schools",
    "Works",
    "Media",
    "Robotics",
    "Travel",
    "Legal",
    "Markets",
    "Labs",
    "Housing",
    "Systems",
    "Outdoor",
)
SECTORS = ("Logistics", "Healthcare", "Retail", "Education", "Finance", "Media", "Manufacturing")
SENIOR = 4
DEAL_COLUMNS = (
    *("deal id", "rep", "product", "customer", "stage", "engaged", "signed"),
    *("arr", "kind", "term", "aha", "churned", "rating", "rated"),
)


@dataclass(frozen=True)
class Rep:
    """How a rep sells: ARR per year, deal size, care, and level."""

    name: str
    region: str
    volume: float
    size: float
    care: float
    level: str


def reps(draw: random.Random) -> list[Rep]:
    """Return the reps; Maya Chen sells carefully, Dana Kim sells much and in haste."""
    sellers = []
    regions = list(REGIONS)
    for index, name in enumerate(REPS):
        level = LEVELS[0 if index % SENIOR < 2 else 1 if index % SENIOR == 2 else 2]  # noqa: PLR2004
        volume = draw.uniform(560_000, 1_020_000) + 90_000 * LEVELS.index(level)
        care = draw.betavariate(3.2, 2.2)
        sellers.append(Rep(name, regions[index % 4], volume, draw.uniform(9_000, 22_000), care, level))
    sellers[0] = Rep("Maya Chen", "Chicago", 842_000, 12_500, 0.78, LEVELS[0])
    sellers[1] = Rep("Dana Kim", "Boston", 1_010_000, 15_500, 0.42, LEVELS[1])
    return sellers


def write(name: str, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Write one file."""
    with (HERE / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def within(day: date | None) -> date | None:
    """Return a day, or nothing when it lies after the end of the data."""
    return day if day and day <= LAST else None


def deals_of(draw: random.Random, rep: Rep, customers: list[str], number: int) -> list[tuple[object, ...]]:
    """Return the deals of one rep over the two years, with what became of each customer."""
    rows: list[tuple[object, ...]] = []
    months = 24
    per_month = rep.volume / 12 / rep.size
    for month in range(months):
        year, index = divmod(FIRST.month - 1 + month, 12)
        season = 1.35 if index in {2, 5, 8, 11} else 0.85
        for _ in range(max(round(draw.gauss(per_month * season, 1.1)), 0)):
            number += 1
            signed = date(FIRST.year + year, index + 1, draw.randint(1, 28))
            rows.append(deal(draw, rep, customers, f"H-{number:05d}", signed))
    return rows


def deal(draw: random.Random, rep: Rep, customers: list[str], number: str, signed: date) -> tuple[object, ...]:
    """Return one row: an expansion now and then, an aha moment or none, churn, and a rating."""
    kind = "expansion" if draw.random() < 0.16 else "new"  # noqa: PLR2004
    arr = max(round(draw.lognormvariate(0, 0.5) * 0.86 * rep.size / 100) * 100, 1_200)
    product = draw.choices(PRODUCTS, (5, 4, 2))[0][0]
    reached = draw.random() < 0.5 + 0.5 * rep.care
    aha = signed + timedelta(days=round(draw.gammavariate(3.5, 12 - 5 * rep.care))) if reached else None
    leaves = draw.random() < (0.05 if reached else 0.34) * (1.5 - rep.care)
    churned = signed + timedelta(days=draw.randint(70, 420)) if leaves else None
    if aha and churned and churned <= aha:
        churned = aha + timedelta(days=45)
    rated = signed + timedelta(days=90) if draw.random() < 0.62 else None  # noqa: PLR2004
    if rated and churned and churned <= rated:
        rated = None
    stars = 5 if draw.random() < 0.58 + 0.42 * rep.care else draw.choice((4, 4, 3, 2))
    rated = within(rated)
    owner = f"{rep.name} 60%; {draw.choice(REPS[2:])} 40%" if draw.random() < 0.012 else rep.name  # noqa: PLR2004
    if rep.name in owner.split(";", 1)[-1] and ";" in owner:
        owner = rep.name
    return (
        number,
        owner,
        product,
        draw.choice(customers),
        "Won",
        signed - timedelta(days=draw.randint(14, 90)),
        signed,
        arr,
        kind,
        draw.choice((12, 12, 12, 24, 36)),
        within(aha) or "",
        within(churned) or "",
        stars if rated else "",
        rated or "",
    )


def people_of(sellers: list[Rep]) -> list[tuple[object, ...]]:
    """Return the rows of all people: reps, their managers and the others."""
    hired = "2024-11-01"
    rows: list[tuple[object, ...]] = [
        (rep.name, REGIONS[rep.region], rep.region, email(rep.name), "rep", "Account executive", rep.level, hired)
        for rep in sellers
    ]
    rows += [
        (name, "Helen Marsh", region, email(name), "manager", "Sales manager", "", "")
        for region, name in REGIONS.items()
    ]
    return rows + [(name, "", "", email(name), role, title, "", "") for name, role, title in OTHERS]


def main() -> None:
    """Write all files."""
    draw = random.Random(20261123)
    HERE.mkdir(exist_ok=True)
    sellers = reps(draw)
    customers = [f"{front} {back}" for front in FRONT for back in BACK]
    write(
        "customers.csv",
        ("customer", "sector", "country"),
        [
            (name, draw.choice(SECTORS), draw.choice(("United States", "Canada", "Ireland", "Germany")))
            for name in customers
        ],
    )
    write("products.csv", ("product", "series", "price"), list(PRODUCTS))
    people = people_of(sellers)
    write("people.csv", ("name", "manager", "region", "email", "role", "title", "level", "since"), people)
    rows: list[tuple[object, ...]] = []
    for rep in sellers:
        rows += deals_of(draw, rep, customers, len(rows))
    rows += [pipeline(draw, sellers, customers, index) for index in range(60)]
    write("deals.csv", DEAL_COLUMNS, rows)
    write("usage.csv", ("customer", "event", "day", "count"), usage(draw, rows))
    print(f"{len(people)} people, {len(rows)} deals, {len(customers)} customers")


def email(name: str) -> str:
    """Return a person's e-mail address."""
    return f"{name.lower().replace(' ', '.')}@harborlight.example"


def pipeline(draw: random.Random, sellers: list[Rep], customers: list[str], index: int) -> tuple[object, ...]:
    """Return a deal that is still open or has been lost."""
    rep = draw.choice(sellers)
    engaged = LAST - timedelta(days=draw.randint(5, 80))
    stage = draw.choice(("Negotiation", "Trial", "Lost"))
    ended = LAST - timedelta(days=draw.randint(0, 4)) if stage == "Lost" else ""
    return (
        f"P-{index:04d}",
        rep.name,
        draw.choice(PRODUCTS)[0],
        draw.choice(customers),
        stage,
        engaged,
        ended,
        round(rep.size / 100) * 100,
        "new",
        12,
        "",
        "",
        "",
        "",
    )


def usage(draw: random.Random, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Return how many of the 25 features customers used by the day of their aha moment."""
    found: dict[tuple[object, object], int] = {}
    for row in rows:
        if row[10]:
            found.setdefault((row[3], row[10]), draw.randint(5, 14))
    return [(customer, "features used", day, count) for (customer, day), count in sorted(found.items(), key=str)]


if __name__ == "__main__":
    main()
