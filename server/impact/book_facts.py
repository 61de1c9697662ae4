"""What an impact needs to know about a book: amounts that rules select, amounts retained, and fingerprints."""

import hashlib

import numpy as np

from server.comp import Book, Plan, Window
from server.comp.calendar import NEVER, months_of
from server.comp.history import OWN
from server.comp.mechanics.eligibility import EVERY, Eligibility
from server.comp.rounding import Bools, Int64s


def selecting_rules(plan: Plan) -> list[Eligibility]:
    """Return every rule of a plan that selects some of the deals."""
    rules = [multiplier.where for multiplier in plan.multipliers if multiplier.where]
    for component in plan.components:
        rules += [
            component.where,
            *(rule.when for rule in component.rate_by),
            *(rule.when for rule in component.counts),
        ]
    return [rule for rule in rules if rule != EVERY]


def matched_amounts(book: Book, rule: Eligibility) -> Int64s:
    """Return for each rep (reps,) the amount of the deals that a rule selects.

    Each deal counts a cent more, so that deals without an amount count too.
    """
    mask = rule.mask(book)
    amounts = np.zeros(book.reps, dtype=np.int64)
    selected = np.ones(book.rep.shape, dtype=np.bool_) if mask is None else mask
    np.add.at(amounts, book.rep[selected], np.abs(book.own_arr[selected]) + 1)
    return amounts


def fingerprints_of(book: Book) -> list[str]:
    """Return for each rep of a book a hash of their deals and of their personal facts."""
    bounds = np.searchsorted(book.rep, np.arange(book.reps + 1))
    days = (book.signed, book.aha, book.churned, book.paid, book.live, book.starts, book.rated)
    arrays = (*days, book.own_arr, book.rating)
    fingerprints = []
    for rep in range(book.reps):
        deals = slice(int(bounds[rep]), int(bounds[rep + 1]))
        facts = (book.careers[book.career[rep]], book.persons[book.person[rep]])
        digest = hashlib.sha256(repr(facts).encode())
        for array in arrays:
            digest.update(np.ascontiguousarray(array[deals]).tobytes())
        fingerprints.append(digest.hexdigest()[:12])
    return fingerprints


def sold_amounts(book: Book, window: Window) -> Int64s:
    """Return for each rep (reps,) the amount they signed in the window themselves, without team and overlay credit."""
    return _sums(book, _is_own_inside(book, window))


def retained_amounts(book: Book, window: Window) -> Int64s:
    """Return for each rep (reps,) the amount they signed in the window with customers who have not left."""
    return _sums(book, _is_own_inside(book, window) & (book.churned == NEVER))


def deal_count(book: Book, window: Window) -> int:
    """Return the number of deals signed in the window, each of them once."""
    return int(_is_own_inside(book, window).sum())


def _is_own_inside(book: Book, window: Window) -> Bools:
    month, roles = months_of(book.signed), book.words["role"]
    inside: Bools = (month >= window.first_month) & (month <= window.last_month) & (roles.code == roles.of(OWN))
    return inside


def _sums(book: Book, selected: Bools) -> Int64s:
    amounts = np.zeros(book.reps, dtype=np.int64)
    np.add.at(amounts, book.rep[selected], book.own_arr[selected])
    return amounts
