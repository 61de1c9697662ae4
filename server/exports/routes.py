"""Downloads of the company's data, and of one's own deals."""

from fastapi import APIRouter
from fastapi.responses import Response

from server.audit.service import record
from server.exports.files import WORKBOOK, as_archive, as_csv, as_workbook
from server.exports.tables import company_tables, own_deals
from server.people.access import Admin, PaidViewer
from server.people.queries import Viewer
from server.web.dependencies import DatabaseDep, ReadSession

router = APIRouter()


@router.get("/exports/company.xlsx")
def download_company_workbook(viewer: Admin, session: ReadSession, database: DatabaseDep) -> Response:
    """Download people, customers and products as a workbook."""
    _record(database, viewer, "company.xlsx")
    return _download(as_workbook(company_tables(session)), WORKBOOK, "company.xlsx")


@router.get("/exports/company.zip")
def download_company_archive(viewer: Admin, session: ReadSession, database: DatabaseDep) -> Response:
    """Download people, customers and products as a zip of CSV files."""
    _record(database, viewer, "company.zip")
    return _download(as_archive(company_tables(session)), "application/zip", "company.zip")


@router.get("/me/deals.xlsx")
def download_own_workbook(viewer: PaidViewer, session: ReadSession) -> Response:
    """Download the deals that one is credited with as a workbook."""
    return _download(as_workbook([own_deals(session, viewer.id)]), WORKBOOK, "deals.xlsx")


@router.get("/me/deals.csv")
def download_own_csv(viewer: PaidViewer, session: ReadSession) -> Response:
    """Download the deals that one is credited with as CSV."""
    return _download(as_csv(own_deals(session, viewer.id)), "text/csv", "deals.csv")


def _record(database: DatabaseDep, viewer: Viewer, name: str) -> None:
    with database.writing() as session:
        record(session, "data exported", viewer.id, name)
        session.commit()


def _download(content: bytes, media_type: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
