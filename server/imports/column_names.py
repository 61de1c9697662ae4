"""Names of columns in the exports of CRM, billing and HR systems, in seven languages, by type of file and field.

The names that the docs use are in `file_types`; these are tried after them. Columns
that hold ids of other files, such as OwnerId, are not among them: their cells are not names.
"""

from collections.abc import Mapping


def _names(text: str) -> tuple[str, ...]:
    """Return names that are separated by commas."""
    return tuple(" ".join(name.split()) for name in text.split(","))


_PERSON = _names(
    """
    assigned rep, rep name, ae, sold by, closed by, betreuer, zuständiger mitarbeiter, sales representative,
    propietario de la oportunidad, propietario del negocio, proprietário da oportunidade, verkaufschance besitzer,
    propriétaire de l'opportunité, propriétaire de la transaction, propietario de oportunidad,
    owned by, sales owner, user name, user id/name, deal besitzer, besitzer des deals, opportunity inhaber,
    opportunity owner, owner name, owner full name, deal owner name, hubspot owner name, salesperson, sales person,
    sales rep name, seller, responsible, responsible person, assigned to, user, verkäufer, vertriebsmitarbeiter,
    verantwortlicher, verantwortlich, besitzer, inhaber, zuständiger mitarbeiter, commercial, vendeur, propriétaire,
    responsable, vendedor, vendedora, comercial, propietario, proprietário, responsável, ответственный, менеджер,
    продавец, владелец, فروشنده, مسئول, کارشناس فروش
    """
)
_CUSTOMER = _names(
    """
    zugeordnetes unternehmen, associated company name, buyer, client company,
    partner id/name, lead name, deal organisation name, customer company, customers company,
    customer organization,
    organization, organisation, deal organization, deal organisation, potential customer, client, customer name,
    client name, company name, associated company primary, org name, partner, kunde, kundenname, firma, unternehmen,
    accountname, société, entreprise, compte, nom du compte, cliente, empresa, nombre de la cuenta, cuenta, conta,
    nome da conta, клиент, компания, контрагент, مشتری, شرکت, نام شرکت
    """
)
_DEAL_NUMBER = _names(
    """
    id do negócio, id del negocio, id de la transaction, nº de oportunidad, شماره معامله, شناسه معامله, contract id,
    deal-id, geschäfts-id,
    subscriptions id,
    id. de oportunidad, id de oportunidad, id de la oportunidad, id da oportunidade, id de l'opportunité, #, deal #,
    order #, opportunity #, copper id, item id, datensatz id, (do not modify) opportunity, opportunityid, hs object
    id, external id, order number, order id, subscription id, contract number, deal number, opportunity number, nr,
    no, nummer, auftragsnummer, vorgangsnummer, verkaufschance id, numéro, n°, número, nº, номер, номер сделки, id
    сделки, شماره, شناسه
    """
)
DEAL_NAMES = _names(
    """
    thema, titre, titel, título,
    opportunity, deal, opportunity name, deal name, deal title, dealname, topic, verkaufschance, geschäft, nom de
    l'opportunité, opportunité, affaire, nombre de la oportunidad, oportunidad, negocio, nome da oportunidade,
    oportunidade, negócio, название сделки, сделка, نام معامله, معامله, فرصت
    """
)
"""Columns of deals' names, which are their numbers only where a file has no others."""
_SIGNED = _names(
    """
    gewonnen am, gagné le, ganado el, ganho em, order date, date of order, purchase date, contract date, signature
    date,
    date won, تاریخ بسته شدن,
    actual close date, won time, deal won time, won on, closed won date, closing date, date closed, closed date,
    closed on, deal closed, expected close date, est close date, expected closing, deal expected close date, signing
    date, abschlussdatum, geschlossen am, gewonnen am, abschluss, vertragsdatum, unterschrieben am, date de clôture,
    date de fermeture, date de signature, signé le, fecha de cierre, fecha de firma, data de fechamento, data de
    assinatura, дата закрытия, дата завершения, дата сделки, предполагаемая дата закрытия, تاریخ بستن, تاریخ قرارداد,
    تاریخ امضا
    """
)
_AMOUNT = _names(
    """
    sale price, total price, net amount, order total, line total, deal size, montant ht, valor total, einnahmen, net
    revenue, contract amount, booking amount,
    revenu réel, ingresos reales, receita real, deal wert, plan amount, subscription amount, subscription value,
    deal value, deal amount, actual revenue, actual value, est revenue, expected revenue, estimated value, annual
    recurring revenue, annual contract value, contract value, total, total amount, amount in company currency, betrag,
    wert, umsatz, auftragswert, jahreswert, summe, montant, valeur, importe, monto, valor, cantidad, quantia, сумма,
    бюджет, стоимость, مبلغ, ارزش
    """
)
_STAGE = _names(
    """
    deal-phase, deal phase, etapa de venta, etapa del negocio, etapa da negociação, fase do negócio, etapa do
    negócio, étape de la transaction, phase de la transaction, مرحله معامله, стадия продажи,
    stage id/name,
    pipeline stage, dealstage, deal stage name, sales stage, stage name, phase, verkaufsphase, stufe, étape, phase de
    vente, etapa, fase, estágio, этап, стадия, стадия сделки, مرحله
    """
)
_CREATED = _names(
    """
    create date, createdate, created on, created at, created time, add time, deal created, erstellt, erstellt am,
    erstelldatum, angelegt am, date de création, créé le, fecha de creación, creado el, data de criação, criado em,
    дата создания, создано, تاریخ ایجاد
    """
)
_CURRENCY = _names(
    """
    währung von wert, devise de valeur, moneda del valor, moeda do valor,
    currency of value, deal currency of value, currency of amount, currency id/name,
    currency iso code, deal currency, opportunity currency, amount currency, währung, devise, monnaie, moneda, divisa,
    moeda, валюта, ارز
    """
)
_KIND = _names(
    """
    opportunity type, business type, art, typ, type d'affaire, type d'opportunité, tipo, tipo de negocio, tipo de
    negócio, тип, тип сделки, نوع
    """
)
_PRODUCT = _names(
    """
    plan, product family, sku, produkt, artikel, produit, producto, produto, продукт, محصول
    """
)
_TERM = _names(
    """
    contract term months, contract term, laufzeit, laufzeit monate, durée, plazo, prazo, срок
    """
)
_STATUS = _names(
    """
    status type, subscription status, subscriptions status,
    hs is closed won, hs deal status, statut, estado, situação, статус, وضعیت
    """
)
_EMPLOYEE = _names(
    """
    last name first name,
    employee name, worker, display name, mitarbeiter, mitarbeitername, vollständiger name, employé,
    collaborateur, nom complet, empleado, nombre completo, funcionário, nome completo, сотрудник, фио, کارمند, نام
    کامل
    """
)
_MANAGER = _names(
    """
    worker's manager, workers manager, reports to name, vorgesetzter name,
    manager name, line manager, supervisor, supervisor name, reporting to, manager full name, vorgesetzter,
    vorgesetzte, führungskraft, responsable hiérarchique, superviseur, jefe, gerente, gestor, руководитель, مدیر
    """
)
_EMAIL = _names(
    """
    email - primary work, primary email, company email, business email,
    work email, email address, primary work email, e-mail-adresse, e-mail professionnel, courriel, correo electrónico,
    correo, e-mail corporativo, электронная почта, почта, ایمیل
    """
)
_TITLE = _names(
    """
    business title, jobtitle, stelle, stellenbezeichnung, poste, intitulé du poste, puesto, cargo, должность, عنوان
    شغلی
    """
)
_STARTED = _names(
    """
    original hire date, employment start date, date of joining, eintrittsdatum, einstellungsdatum, date d'embauche,
    date d'entrée, fecha de ingreso, fecha de contratación, data de admissão, дата приёма, дата приема, تاریخ استخدام
    """
)
_LEFT = _names(
    """
    termination date, last day of work, last working day, austrittsdatum, date de sortie, date de départ, fecha de
    baja, data de desligamento, дата увольнения, تاریخ خروج
    """
)
_REGION = _names(
    """
    location, standort, niederlassung, région, agence, región, oficina, região, регион, منطقه
    """
)
COLUMN_NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "deals": {
        "id": (*_DEAL_NUMBER, *DEAL_NAMES),
        "person": _PERSON,
        "product": _PRODUCT,
        "customer": _CUSTOMER,
        "status": _STATUS,
        "stage": _STAGE,
        "engaged": _CREATED,
        "signed": _SIGNED,
        "amount": _AMOUNT,
        "kind": _KIND,
        "term": _TERM,
        "currency": _CURRENCY,
    },
    "people": {
        "person": _EMPLOYEE,
        "manager": _MANAGER,
        "email": _EMAIL,
        "title": _TITLE,
        "started": _STARTED,
        "left": _LEFT,
        "region": _REGION,
    },
    "customers": {
        "customer": _CUSTOMER,
        "sector": ("branche", "secteur", "sector", "setor", "отрасль", "صنعت"),
        "country": ("billing country", "land", "pays", "país", "страна", "کشور"),
    },
    "quotas": {"person": (*_EMPLOYEE, *_PERSON)},
}
