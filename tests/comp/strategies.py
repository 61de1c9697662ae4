"""Random plans with every mechanic, for property tests."""

from datetime import date

from hypothesis import strategies as st

from server.comp import Plan, Window, read_plan
from server.comp.calendar import month_of

WINDOW = Window(month_of(date(2026, 1, 1)))
LEVELS = ("Associate 1", "Associate 2", "Associate 3")
MONEY_MEASURES = ["arr", "arr", "mrr", "tcv", "acv", "bookings", "cash", "margin", "expansion", "renewal"]
COUNT_MEASURES = ["deals", "logos", "meetings", "units"]
PERIODS = ["deal", "month", "quarter", "half", "year"]
WEEKS = ["week", "two weeks"]
OVER = ["month", "quarter", "half", "year", "year to date", "every month", "every quarter"]
RESULTS = ["nrr", "csat", "goal one", "quartile"]


def _money(cents: int) -> str:
    return f"${cents // 100}.{cents % 100:02d}"


def pick(draw: st.DrawFn, *choices: str) -> str:
    return draw(st.sampled_from(choices))


def maybe(draw: st.DrawFn, text: str, one_in: int = 3) -> str:
    return text if draw(st.integers(1, one_in)) == 1 else ""


def start(draw: st.DrawFn, edge: str) -> str:
    return f"{pick(draw, 'from', 'from', 'above')}: {edge}"


@st.composite
def where(draw: st.DrawFn) -> str:
    return pick(
        draw,
        "{kind: [new]}",
        "{kind: [expansion, new], product: B}",
        "{role: [own, overlay, team]}",
        "{role: team}",
        "{term: {from: 12, below: 36}}",
        "{term: [24, 36]}",
        "{discount: {above: 5%, up to: 10%}}",
        "{size: {from: $50,000}}",
        "{prepaid: yes, segment: [small]}",
        "{margin: {from: 30%, below: 99.5%}}",
        "{margin: 50%}",
        "{region: north}",
    )


@st.composite
def condition(draw: st.DrawFn, name: str) -> str:
    over = maybe(draw, f", over: {pick(draw, *OVER)}", 2)
    return pick(
        draw,
        f"{{of: attainment, from: {draw(st.integers(0, 150))}%{over}}}",
        f"{{of: attainment of {name}, above: 50%{over}}}",
        f"{{of: tenure, from: {draw(st.integers(0, 18))}{over}}}",
        f"{{of: nrr, from: 95%, up to: 120%{over}}}",
        f"{{of: csat, above: 4.2{over}}}",
        f"{{of: quartile, up to: 2{over}}}",
        f"{{of: rating, from: 4.5{over}}}",
    )


@st.composite
def tiers(draw: st.DrawFn, *, counts: bool) -> str:
    edges = draw(st.lists(st.integers(1, 300), max_size=3, unique=True).map(sorted))
    first = draw(st.sampled_from([0, 0, 0, edges[0] // 2 if edges else 5]))
    unit = pick(draw, "%", "" if counts else "%")
    lines = []
    for edge in dict.fromkeys([first, *edges]):
        rates = ["0x", "0.5x", "1x", "1.5x", "nothing"]
        rates += ["$25", "$400.01"] if counts else ["6.25%", "7.333%", "12%"]
        method = maybe(draw, f", method: {pick(draw, 'marginal', 'retroactive')}", 2)
        lines.append(f"      - {{{start(draw, f'{edge}{unit}')}, pays: {pick(draw, *rates)}{method}}}")
    return "    tiers:\n" + "\n".join(lines)


@st.composite
def bonuses(draw: st.DrawFn, *, scale: int = 100) -> str:
    edges = draw(st.lists(st.integers(1, 200), min_size=1, max_size=3, unique=True).map(sorted))
    lines = [
        f"      - {{{start(draw, f'{edge * scale // 100}%')}, pays: {pick(draw, '$500', '$1,234.56', '7.5%')}}}"
        for edge in edges
    ]
    return f"    bonuses pay: {pick(draw, 'the highest', 'each')}\n    bonuses:\n" + "\n".join(lines)


@st.composite
def curve(draw: st.DrawFn) -> str:
    edges = draw(st.lists(st.integers(0, 200), min_size=1, max_size=4, unique=True).map(sorted))
    lines = [f"      - {{{start(draw, f'{edge}%')}, pays: {draw(st.integers(0, 250))}%}}" for edge in edges]
    shape = f"    between: {pick(draw, 'stepped', 'linear')}\n    beyond: {pick(draw, 'flat', 'goes on')}\n"
    return shape + "    curve:\n" + "\n".join(lines)


@st.composite
def rate_by(draw: st.DrawFn, name: str, *, counts: bool) -> str:
    rates = ["$40", "$99.99", "1x"] if counts else ["10%", "1.25x", "8.125%", "400%"]
    rules = [
        f"      - {{when: {draw(where())}, pays: {pick(draw, *rates)}}}",
        f"      - {{needs: [{draw(condition(name))}], pays: {pick(draw, *rates)}}}",
        f"      - {{pays: {pick(draw, *rates)}}}",
    ]
    return "    rate by:\n" + "\n".join(rules[: draw(st.integers(1, 3))]) + "\n"


@st.composite
def component(draw: st.DrawFn, index: int) -> str:
    name = f"Part {index}"
    kind = pick(
        draw, "tiers", "tiers", "tiers", "bonuses", "every", "curve", "reads", "objectives", "matrix", "pool", "ytd"
    )
    lines = [f"  - name: {name}", maybe(draw, f"    weight: {pick(draw, '60%', '33.3333%')}")]
    lines.append(
        maybe(draw, f"    cap: {pick(draw, '$4,000 a quarter', '150% of target a year', '$9,000 a month')}", 4)
    )
    lines.append(maybe(draw, f"    quota: {pick(draw, '$90,000 a quarter', '400,000 a year', '$150,000 a half')}", 5))
    lines.append(maybe(draw, f"    target: {pick(draw, '$5,000 a quarter', '$20,000')}", 5))
    needs = f"{draw(condition('Part 0'))}, {draw(condition(name))}"
    few = maybe(draw, ", at least: 1", 2)
    gate = f"    gate: {{needs: [{needs}]{few}, otherwise: {pick(draw, 'nothing', '50%', '33.3333%')}}}"
    gate = "" if kind == "tiers" else maybe(draw, gate, 5)
    lines.append(gate)
    if kind in {"tiers", "bonuses", "every"}:
        lines.append(draw(for_deals(kind, name, PERIODS if gate else PERIODS + WEEKS)))
    elif kind == "ytd":
        paid = maybe(draw, f"    paid: {pick(draw, 'every month', 'every quarter', 'every half')}\n", 2)
        lines.append(f"    accumulates: year to date\n{paid}" + draw(tiers(counts=False)))
    else:
        period = pick(draw, "month", "quarter", "half", "year")
        lines.append(f"    accumulates: {period}" + maybe(draw, "\n    paid: every month"))
        lines.append(draw(for_periods(kind)))
    return "\n".join(line for line in lines if line)


@st.composite
def for_deals(draw: st.DrawFn, kind: str, name: str, periods: list[str]) -> str:
    if kind == "tiers" and draw(st.integers(1, 5)) == 1:
        return draw(paying_on_another(name))
    counts = draw(st.integers(1, 4)) == 1
    measure = pick(draw, *(COUNT_MEASURES if counts else MONEY_MEASURES))
    lines = [f"    credits: {measure}", f"    accumulates: {pick(draw, *periods)}"]
    has_weeks = "week" in lines[1]
    lines.append(maybe(draw, f"    where: {draw(where())}"))
    lines.append(
        maybe(draw, f"    counts:\n      - {{when: {draw(where())}, share: {pick(draw, '50%', '150%', '1/3')}}}", 5)
    )
    lines.append(maybe(draw, "    window: {from: 2026-02-10, until: 2026-08-31}", 6))
    lines.append(maybe(draw, "    retires quota: no", 8))
    lines.append(maybe(draw, "    split: commission", 3))
    lines.append(maybe(draw, "    minimum: $55.55", 6))
    paid = "every quarter" if has_weeks else pick(draw, "at the period's end", "every quarter")
    lines.append(maybe(draw, f"    paid: {paid}", 5))
    baseline = pick(draw, "$20,000 a quarter", "the year before", "110% of the year before")
    if "deal" not in lines[1] and not (has_weeks and "year" in baseline):
        lines.append(maybe(draw, f"    baseline: {baseline}", 5))
    if kind == "tiers":
        lines.append(maybe(draw, draw(rate_by(name, counts=counts)).rstrip("\n"), 3))
        stated = draw(tiers(counts=counts))
        marginal = "retroactive" not in stated
        lines.append(maybe(draw, "    method: retroactive", 3))
        if marginal and "method: retroactive" not in "".join(lines):
            straddling = maybe(draw, f"    straddling: {pick(draw, 'rate before', 'rate after')}", 4)
            beyond = f"    beyond pay: {{from: {pick(draw, '$500', '$7,777.77')}, pays: {'$30' if counts else '2%'}}}"
            lines.append(straddling or maybe(draw, beyond, 3))
        lines.append(stated)
        if "accumulates: quarter" in "".join(lines):
            lines.append(maybe(draw, f"    advances: [{pick(draw, '1/3', '10%')}, 2/3]", 2))
        gate = f"    gate: {{needs: [{draw(condition('Part 0'))}], otherwise: the first tier}}"
        lines.append("" if has_weeks else maybe(draw, gate, 6))
    elif kind == "bonuses":
        lines.append(draw(bonuses()))
    else:
        step = pick(draw, "10%", "$30,000") if not counts else pick(draw, "3", "25%")
        lines.append(f"    every: {{step: {step}, pays: {pick(draw, '$150', '2%')}, from: {pick(draw, '0', '50%')}}}")
    return "\n".join(line for line in lines if line)


@st.composite
def paying_on_another(draw: st.DrawFn, name: str) -> str:
    """Tiers whose place is decided by one measure and whose rates are of another."""
    counts, edges = (
        draw(st.booleans()),
        draw(st.lists(st.integers(1, 30), min_size=1, max_size=3, unique=True).map(sorted)),
    )
    unit = "" if counts else "0,000"
    method = pick(draw, "marginal", "retroactive")
    lines = [
        f"    credits: {pick(draw, 'deals', 'units') if counts else 'arr'}",
        f"    pays on: {pick(draw, 'arr', 'margin', 'tcv')}",
        f"    accumulates: {pick(draw, *PERIODS)}",
        maybe(draw, f"    where: {draw(where())}"),
        f"    method: {method}",
        maybe(draw, "    split: commission", 3),
    ]
    if method == "marginal":
        lines.append(maybe(draw, f"    straddling: {pick(draw, 'rate before', 'rate after')}", 2))
    rules = f"    rate by: [{{when: {draw(where())}, pays: 8.5%}}, {{needs: [{draw(condition(name))}], pays: 4%}}]"
    by_rule = draw(st.integers(1, 3)) == 1
    lines += [rules] if by_rule else []
    gate = f"    gate: {{needs: [{draw(condition('Part 0'))}], otherwise: {pick(draw, 'the first tier', '25%')}}}"
    lines.append(maybe(draw, gate, 5))
    rates = ["nothing", "3%", "7.333%", "12%"]
    lines.append("    tiers:")
    lines += [f"      - {{{start(draw, f'{edge}{unit}')}, pays: {pick(draw, *rates)}}}" for edge in [0, *edges]]
    return "\n".join(line for line in lines if line)


@st.composite
def for_periods(draw: st.DrawFn, kind: str) -> str:
    if kind == "curve":
        return f"    credits: {pick(draw, 'arr', 'tcv', 'logos')}\n" + draw(curve())
    if kind == "reads":
        return "    reads: nrr\n" + draw(st.one_of(curve(), bonuses()))
    if kind == "objectives":
        return (
            "    objectives:\n      - {name: Goal one, weight: 40%, at least: 50%, at most: 120%}\n"
            "      - {name: NRR, weight: 35.5%}\n      - {name: Nobody knows, weight: 10%}"
        )
    if kind == "pool":
        size = pick(draw, "amount: $90,000 a half", "share: 2.5%, of: csat")
        return f"    pool: {{{size}, {pick(draw, 'people: 7', 'by: nrr')}}}"
    return (
        "    matrix:\n      rows: {of: attainment, from: [0%, 60%, 100%]}\n"
        "      columns: {of: nrr, from: [0%, 100%]}\n      pays: [[0%, 12.5%], [40%, 66.6667%], [100%, 140%]]"
    )


@st.composite
def release(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(["signing", "aha", "months", "thirds", "cash", "payments"]))
    within = draw(st.sampled_from(["", ", within: 60 days", ", within: 2 months"]))
    late = draw(st.sampled_from(["", ", otherwise: paid late"])) if within else ""
    keeps = maybe(draw, ", leaving that month: keeps it", 2)
    return {
        "signing": "",
        "aha": f"release:\n  - {{share: 50%, on: signing}}\n  - {{share: 50%, on: aha{within}{late}}}\n",
        "months": (
            f"release:\n  - {{share: 50%, on: signing}}\n  - {{share: 25%, on: month 6{keeps}}}\n"
            "  - {share: 25%, on: month 12}\n"
        ),
        "thirds": f"release:\n  - {{share: 33.3333%, on: aha{within}{late}}}\n  - {{share: 66.6667%, on: month 1}}\n",
        "cash": (
            f"release:\n  - {{share: 70%, on: customer paid{within}{late}}}\n  - {{share: 30%, on: go-live{keeps}}}\n"
        ),
        "payments": (
            f"release:\n  - {{share: 1/3, on: signing}}\n  - {{share: 2/3, on: each payment{within}{late}{keeps}}}\n"
        ),
    }[kind]


@st.composite
def multipliers(draw: st.DrawFn, components: int) -> str:
    over = draw(st.sampled_from(["12 months", "90 days", "all time"]))
    stars = (
        f"{{name: Stars, adds: 20%, when: {{deal rating: {pick(draw, '5', '4')}, rep average at least: 4.5, over:"
        f" {over}, ratings at least: {draw(st.integers(0, 3))}, counts this deal: {pick(draw, 'yes', 'no')}, average"
        f" rounded: {pick(draw, 'exact', 'one decimal', 'two decimals')}, missing rating:"
        f" {pick(draw, 'counts as none', 'counts as met')}}}}}"
    )
    retention = (
        f"{{name: Retention, by: nrr, over: quarter, to: [Part {draw(st.integers(0, components - 1))}], "
        "steps: [{below: 90%, times: 0.5x}, {from: 100%, times: 1.25x}, {above: 110%, times: 1.5x}]}"
    )
    every = [
        stars,
        f"{{name: Kicker, times: {pick(draw, '1.1x', '0.9x', '1.333x')}, where: {draw(where())}}}",
        f"{{name: Quality, times: 0.8x, needs: [{draw(condition('Part 0'))}], over: {pick(draw, 'quarter', 'half')}}}",
        f"{{name: Again, adds: {pick(draw, '-10%', '12.5%')}, needs: [{draw(condition('Part 0'))}], over: quarter}}",
        retention,
    ]
    chosen = [text for text in every if draw(st.booleans())]
    if not chosen:
        return ""
    limit = maybe(draw, f"multipliers at most: {pick(draw, '1.25x', '1x')}\n", 3)
    return (
        "multipliers:\n"
        + "".join(f"  - {text}\n" for text in chosen)
        + f"combine: {pick(draw, 'product', 'sum')}\n"
        + limit
    )


@st.composite
def draws(draw: st.DrawFn) -> str:
    first = draw(st.integers(1, 6))
    months = f"{first} to {first + draw(st.integers(0, 5))}"
    counted = pick(draw, "the plan year", "the person's start")
    one = (
        f"  - {{amount: $2,000 a month, kind: {pick(draw, 'recoverable', 'non-recoverable')}, months: {months}, "
        f"counted from: {counted}, recovered from: {pick(draw, 'what exceeds the draw', 'everything earned')}, "
        f"recovers at most: {pick(draw, '100%', '50%')}, recovery after: {draw(st.integers(0, 8))}"
        f"{maybe(draw, ', forgiven after: 9')}}}\n"
    )
    return "draws:\n" + pick(draw, one, one + "  - {amount: $5,000 a quarter, months: 7 to 12}\n")


@st.composite
def quotas(draw: st.DrawFn) -> str:
    parts = [
        maybe(draw, f"spread: [{pick(draw, '40%, 60%', '10%, 20%, 30%, 40%')}]", 2),
        maybe(draw, "ramp: [0%, 25%, 50%, 75%]", 2),
        maybe(draw, "ramp rate: rises"),
        maybe(draw, f"prorated: {pick(draw, 'by days', 'by months')}", 2),
        maybe(draw, "start day: does not count"),
        maybe(draw, "level change: blended", 2),
    ]
    return "quotas: {" + ", ".join(part for part in parts if part) + "}\n"


@st.composite
def clawbacks(draw: st.DrawFn) -> str:
    takes = draw(st.sampled_from(["", "all", "pro rata by whole month", "pro rata by day", "1/3"]))
    counted_from = pick(draw, "signing", "start of service", "go-live", "payment")
    if draw(st.integers(1, 5)) == 1:
        return "clawback: {steps: [{within: 90 days, takes: 100%}, {within: 9 months, takes: 33.3333%}]}"
    if takes and draw(st.integers(1, 3)) == 1:
        return (
            f"clawbacks:\n  - {{where: {draw(where())}, within: 6 months, takes: {takes},"
            f" counted from: {counted_from}}}\n"
            "  - {within: 200 days, takes: pro rata by day, of: what was earned}"
        )
    if takes:
        of = pick(draw, "what was paid", "what was earned", "what it added to the period")
        back = pick(draw, "at once", "the next payments")
        months = draw(st.integers(1, 18))
        more = maybe(draw, f", counted from: {counted_from}")
        return f"clawback: {{within: {months} months, takes: {takes}, of: {of}, recovered from: {back}{more}}}"
    return ""


@st.composite
def week_calendar(draw: st.DrawFn) -> str:
    years_end = pick(draw, "nearest month end", "last in the month")
    first_day = "2025-12-29" if years_end.startswith("nearest") else "2025-12-26"
    weeks = pick(draw, "4-4-5", "4-5-4", "5-4-4")
    return f"calendar: {{weeks: {weeks}, starts: {first_day}, years end: {years_end}}}"


@st.composite
def plan_text(draw: st.DrawFn) -> str:
    count = draw(st.integers(1, 3))
    lines = ["name: A plan", "year: 2026-01", "levels:"]
    sales = 0
    for index in range(count):
        variable = draw(st.integers(1, 70_000_000))
        quota = draw(st.integers(max(300_000, variable // 10 + 1), 200_000_000)) if index != 1 else 80_000_000
        base = draw(st.integers(0, 10_000_000))
        lines.append(f"  - name: {LEVELS[index]}\n    base: {_money(base)}")
        stated = "team" if draw(st.integers(1, 12)) == 1 else _money(quota)
        lines.append(f"    variable: {_money(variable)}\n    quota: {stated}")
        lines.append(maybe(draw, "    rate: 7.35%", 8))
        if index and draw(st.booleans()):
            sales += draw(st.integers(100, 50_000_000))
            churn = draw(st.sampled_from(["", ", churn below: 10%", ", churn below: 33.3333%"]))
            value = maybe(draw, ", lifetime value: $300,000")
            productivity = draw(st.sampled_from(["", ", productivity: {arr: $900, months: 3}"]))
            lines.append(f"    reached at: {{sales: {_money(sales)}{productivity}{churn}{value}}}")
    parts = draw(st.integers(1, 3))
    lines.append("components:")
    lines += [draw(component(index)) for index in range(parts)]
    released = draw(release())
    lines.append(released)
    lines.append(draw(clawbacks()))
    lines.append(draw(multipliers(parts)))
    lines.append(
        maybe(draw, f"cap: {pick(draw, '$30,000', '[$3,000 a quarter, $2,000 a deal]', '90% of target a half')}", 4)
    )
    lines.append(maybe(draw, draw(draws()), 4))
    lines.append(maybe(draw, draw(quotas()), 3))
    claws_back_added_pay = "what it added" in "".join(lines)
    lines.append("" if claws_back_added_pay else maybe(draw, "rate when paid: of the level when it is paid", 6))
    if "each payment" not in released and not claws_back_added_pay:
        lines.append(maybe(draw, "quota credit: as released", 8))
    lines.append(maybe(draw, "exchange: [{currency: EUR, rate: 1.085}]", 3))
    lines.append(maybe(draw, "windfall: {deal above: $40,000}", 6))
    paid = pick(draw, "in full", "while employed", "until 45 days after", "until 2 months after")
    outside = pick(draw, "count", "do not count")
    lines.append(maybe(draw, f"leaving: {{paid: {paid}, deals outside employment: {outside}}}", 3))
    days = pick(draw, "from: 2025-03-01", "from: 2025-02-11, until: 2025-11-20", "until: 2025-09-30")
    lines.append(maybe(draw, f"in force: {{{days}}}", 6))
    lines.append(maybe(draw, draw(week_calendar()), 5))
    return "\n".join(line for line in lines if line)


def plans() -> st.SearchStrategy[Plan]:
    return plan_text().map(read_plan)
