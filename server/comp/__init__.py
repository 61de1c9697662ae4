"""The pay engine: reads plans, pays them and explains every cent, without web, database or clock.

This is its entry point. Other packages import a submodule only for what is specific to one mechanic or analysis.
"""

from server.comp.analysis.describe import describe
from server.comp.analysis.diff import Change, diff
from server.comp.analysis.lint import LintWarning, lint
from server.comp.book import Book, book_of
from server.comp.calendar import Window
from server.comp.explain.rep import explain
from server.comp.history import Deal, History, LevelSince, Person
from server.comp.language.diagnostics import Diagnostic, PlanError
from server.comp.load import read_plan
from server.comp.plan import Plan
from server.comp.statements import DealStatement, Line, Statement, Step
from server.comp.vectorized.pay import Payout, pay

__all__ = [
    "ENGINE_VERSION",
    "Book",
    "Change",
    "Deal",
    "DealStatement",
    "Diagnostic",
    "History",
    "LevelSince",
    "Line",
    "LintWarning",
    "Payout",
    "Person",
    "Plan",
    "PlanError",
    "Statement",
    "Step",
    "Window",
    "book_of",
    "describe",
    "diff",
    "explain",
    "lint",
    "pay",
    "read_plan",
]

ENGINE_VERSION = 8
"""Raise this when the same plan and history may give other figures; stored results record it."""
