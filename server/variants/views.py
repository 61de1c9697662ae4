"""View models of the variant screens: the plan in the form, and its preview."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from sqlmodel import Session

from server.books.offers import Offer, proposed, today_offer
from server.books.own_book import OwnBook, own_book
from server.comp import (
    Change,
    Diagnostic,
    LintWarning,
    Plan,
    PlanError,
    Window,
    describe,
    diff,
    explain,
    lint,
    read_plan,
)
from server.comp.analysis.reference_year import has_team_quota, reference_year
from server.comp.analysis.terms import PlanTerm, terms_table
from server.documents.queries import VersionPage
from server.messages import Message
from server.people.queries import Viewer
from server.plan_editor.form import PlanEdit, plan_edit
from server.simulator.projection import Comparison, Projection, UnexplainedError, project
from server.variants import service
from server.variants.service import SimilarPlan


@dataclass(frozen=True, slots=True)
class VariantEdit:
    """A variant being edited: the key of the plan it starts from, the plan, the reason, and whether it is anonymous."""

    base: str
    plan: PlanEdit
    reason: str = ""
    anonymous: bool = False

    @property
    def text(self) -> str:
        """The plan's text."""
        return self.plan.text


def variant_edit(fields: Mapping[str, str]) -> VariantEdit:
    """Return the edit that a form sends."""
    return VariantEdit(
        fields.get("base", ""), plan_edit(fields), fields.get("reason", ""), fields.get("anonymous") == "yes"
    )


@dataclass(frozen=True, slots=True)
class VariantPreview:
    """The preview of a plan: its problems, or else its changes, warnings, near duplicates and pay.

    `projections` are what the plans pay the viewer; `reference_pay` is the pay of a reference year in cents
    if there are none.
    """

    problems: tuple[Diagnostic, ...] = ()
    plan: Plan | None = None
    changes: tuple[Change, ...] = ()
    warnings: tuple[LintWarning, ...] = ()
    similar: tuple[SimilarPlan, ...] = ()
    projections: tuple[Projection, ...] = ()
    book: OwnBook | None = None
    reference_pay: int | None = None

    @property
    def sentences(self) -> list[Message]:
        """The plan's description."""
        return describe(self.plan) if self.plan else []

    @property
    def terms(self) -> list[PlanTerm]:
        """The plan's terms."""
        return terms_table(self.plan) if self.plan else []


def preview_variant(
    session: Session, viewer: Viewer, version: VersionPage, edit: VariantEdit, skip: str = ""
) -> VariantPreview:
    """Return the preview of an edited plan.

    `skip` is the key of a published variant, so that it is not its own near duplicate. Closes the session.
    """
    try:
        plan = read_plan(edit.text)
        base = service.known_plan(service.base_text(session, version, edit.base))
    except PlanError as error:
        return VariantPreview(problems=tuple(error.problems))
    others = service.other_plans(session, version)
    today = today_offer(session, viewer.id)
    book = own_book(session, viewer.id, today.plan if today else base) if viewer.is_paid else None
    own_quotas = version.redesign.own_quotas
    session.close()  # the rest only computes, so release the connection for other requests
    offers = [Offer(edit.base, "", base.name, base), Offer("variant", "V", plan.name, plan)]
    projections = _my_pay(book, [proposed(offer, today, own_quotas) for offer in offers], today) if book else []
    similar = service.similar_plans(others, plan)
    return VariantPreview(
        plan=plan,
        changes=tuple(diff(base, plan)),
        warnings=tuple(warning for warning in lint(plan) if warning.is_warning),
        similar=tuple(other for other in similar if other.key not in {skip, edit.base}),
        projections=tuple(projections),
        book=book,
        reference_pay=None if projections else _reference_pay(plan),
    )


def _my_pay(book: OwnBook, offers: list[Offer], today: Offer | None) -> list[Projection]:
    """Return what today's plan, the base and the edited plan pay; empty if pay cannot be computed."""
    others = [offer for offer in offers if not offer.is_today]
    offers = [today, *others] if today else others
    try:
        return project(book.history, offers, book.window, comparison=Comparison(recorded=book.recorded))
    except (UnexplainedError, OverflowError):
        return []


def _reference_pay(plan: Plan) -> int | None:
    """Return what a reference year at exactly 100% of quota pays on the first level, in cents.

    None if the level's quota is its team's.
    """
    if has_team_quota(plan, 0):
        return None
    return explain(reference_year(plan, 0, Fraction(1)), plan, Window(plan.year), trace=False).total
