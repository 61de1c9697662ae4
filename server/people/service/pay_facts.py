"""Writes of what decides people's pay, except deals: own terms, results, draw balances and corrections."""

from sqlmodel import Session, select

from server.people.models import OpeningBalance, PayCorrection, PersonalTerms, PersonResult


def set_personal_terms(session: Session, row: PersonalTerms) -> tuple[bool, bool]:
    """Save a person's terms, replacing those of the same component and first month; return (new, differs)."""
    existing = session.exec(
        select(PersonalTerms).where(
            PersonalTerms.person_id == row.person_id,
            PersonalTerms.component == row.component,
            PersonalTerms.since == row.since,
        )
    ).first()
    if existing is None:
        session.add(row)
        session.flush()
        return True, False
    names = ("until", "quota", "base", "variable", "reason")
    differs = any(getattr(existing, name) != getattr(row, name) for name in names)
    for name in names:
        setattr(existing, name, getattr(row, name))
    session.add(existing)
    session.flush()
    return False, differs


def set_result(session: Session, row: PersonResult) -> tuple[bool, bool]:
    """Save a result, replacing the one of the same name and month; return (new, differs)."""
    existing = session.exec(
        select(PersonResult).where(
            PersonResult.person_id == row.person_id,
            PersonResult.name == row.name,
            PersonResult.month == row.month,
        )
    ).first()
    differs = existing is not None and existing.value != row.value
    result = existing or row
    result.value = row.value
    session.add(result)
    session.flush()
    return existing is None, differs


def set_draw_balance(session: Session, person_id: int, owed: int) -> tuple[bool, bool]:
    """Set what a person owes from earlier draws, in cents; return (new, differs)."""
    existing = session.get(OpeningBalance, person_id)
    differs = existing is not None and existing.draw_balance != owed
    balance = existing or OpeningBalance(person_id=person_id)
    balance.draw_balance = owed
    session.add(balance)
    session.flush()
    return existing is None, differs


def add_correction(session: Session, correction: PayCorrection) -> bool:
    """Add a correction of pay unless the same one is there; return whether it is new."""
    same = select(PayCorrection.id).where(
        PayCorrection.person_id == correction.person_id,
        PayCorrection.day == correction.day,
        PayCorrection.amount == correction.amount,
        PayCorrection.reason == correction.reason,
    )
    if session.exec(same).first() is not None:
        return False
    session.add(correction)
    session.flush()
    return True
