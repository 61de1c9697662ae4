"""What the words of CRM exports say of a deal: whether it is won, lost or open, and what kind of deal it is."""

import re
from functools import lru_cache

from server.imports.headers import normalize_header

# The words of each meaning are separated by commas.
_STAGES = {
    "won": """
        won, closed won, fechado e ganho, abgeschlossen/gewonnen,
        deal won, signed, closed, win, true, yes, gewonnen, abgeschlossen und gewonnen, geschlossen
        und gewonnen, gagne, gagné, gagnée, fermée gagnée, affaire gagnée, ganado, ganada, cerrada ganada, cerrado
        ganado, ganho, ganha, fechado ganho, negócio ganho, выиграна, выиграно, успешна, сделка успешна, успешно
        реализовано, закрыта выиграна, برنده, برنده شده, موفق, بسته شده موفق
    """,
    "lost": """
        lost, closed lost, abandoned, dead, dropped, fechado e perdido, abgeschlossen/verloren, بازنده,
        closed lost to competition, deal lost, lose, disqualified, canceled, cancelled, verloren,
        abgeschlossen und verloren, geschlossen und verloren, perdu, perdue, fermée perdue, affaire perdue, perdido,
        perdida, cerrada perdida, cerrado perdido, fechado perdido, negócio perdido, проиграна, проиграно, провалена,
        сделка провалена, закрыто и не реализовано, закрыта проиграна, ناموفق, از دست رفته, بسته شده ناموفق
    """,
    "open": """
        open, new, in progress, prospecting, engaging, qualification, qualified, needs analysis, value
        proposition, id. decision makers, perception analysis, proposal, proposal/price quote, proposition,
        negotiation, negotiation/review, appointment scheduled, qualified to buy, presentation scheduled, decision
        maker bought-in, contract sent, discovery, demo, demo scheduled, lead in, contact made, on hold, offen, neu,
        in bearbeitung, ouvert, ouverte, en cours, abierto, abierta, en curso, aberto, aberta, em andamento, открыта,
        новая, в работе, باز, جدید
    """,
}
_KINDS = {
    "new": """
        new, new business, продажа,
        new customer, new logo, new client, new sale, opportunity, neu, neukunde, neugeschäft,
        nouveau, nouveau client, nouvelle affaire, nuevo, nuevo cliente, nuevo negocio, novo, novo cliente, novo
        negócio, новая, новый клиент, новая продажа, جدید, مشتری جدید
    """,
    "expansion": """
        expansion, upsell, up-sell, upgrade, cross-sell, add-on, addon, extension, existing business, existing
        customer, existing customer - upgrade, additional business, erweiterung, bestandskunde, bestandsgeschäft,
        zusatzverkauf, client existant, montée en gamme, vente additionnelle, cliente existente, negocio existente,
        ampliación, venta adicional, negócio existente, expansão, venda adicional, существующий клиент, расширение,
        допродажа, مشتری فعلی, توسعه
    """,
    "renewal": """
        renewal, renew, contract renewal, existing customer - renewal, verlängerung, vertragsverlängerung,
        renouvellement, renovación, renovação, продление, تمدید
    """,
}
_SUBSCRIPTIONS = {
    "won": "active, live, past due, unpaid, paused, canceled, cancelled, non renewing, ended, expired",
    "lost": "incomplete expired",
    "open": "trialing, trial, in trial, future, incomplete, pending",
}
"""What the status of a subscription says: one that was canceled had been bought."""
_SUBSCRIPTION_STAGES = {
    normalize_header(word): stage for stage, words in _SUBSCRIPTIONS.items() for word in words.split(",")
}
_MEANINGS = {normalize_header(word): stage for stage, words in _STAGES.items() for word in words.split(",")}
_KIND_OF = {normalize_header(word): kind for kind, words in _KINDS.items() for word in words.split(",")}
_PIPELINE = re.compile(r"\s*\([^()]*\)$|^C?\d*:")
"""What a CRM adds to a stage: HubSpot's pipeline in brackets at the end, Bitrix24's number at the start."""


@lru_cache(maxsize=10_000)
def known_stage(cell: str) -> str | None:
    """Return won, lost or open for the stages that CRMs come with, None for any other."""
    return _MEANINGS.get(normalize_header(_PIPELINE.sub("", cell)))


def subscription_stage(cell: str) -> str | None:
    """Return won, lost or open for the status of a subscription, None for any other word."""
    return _SUBSCRIPTION_STAGES.get(normalize_header(cell))


@lru_cache(maxsize=10_000)
def known_kind(cell: str) -> str | None:
    """Return new, expansion or renewal for the types of deal that CRMs come with, None for any other."""
    words = re.split(r"[\s_–-]+", cell.strip(), maxsplit=1)
    return _KIND_OF.get(normalize_header(cell)) or _KIND_OF.get(normalize_header(words[0]))
