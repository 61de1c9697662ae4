"""Downloads of the company's data, and of one's own deals."""

from fastapi import APIRouter
from fastapi.responses import Response

from server.exports.files import WORKBOOK, as_archive, as_csv, as_workbook
from server.exports.tables import company_tables, own_deals
from server.people.access import Admin, PaidViewer
from server.web.dependencies import ReadSession

router = APIRouter()


@router.get("/exports/company.xlsx")
def download_company_workbook(viewer: Admin, session: ReadSession) -> Response:
    """Download people, customers and products as a workbook."""
    return _download(as_workbook(company_tables(session)), WORKBOOK, "company.xlsx")


@router.get("/exports/company.zip")
def download_company_archive(viewer: Admin, session: ReadSession) -> Response:
    """Download people, customers and products as a zip of CSV files."""
    return _download(as_archive(company_tables(session)), "application/zip", "company.zip")


@router.get("/me/deals.xlsx")
def download_own_workbook(viewer: PaidViewer, session: ReadSession) -> Response:
    """Download the deals that one is credited with as a workbook."""
    return _download(as_workbook([own_deals(session, viewer.id)]), WORKBOOK, "deals.xlsx")


@router.get("/me/deals.csv")
def download_own_csv(viewer: PaidViewer, session: ReadSession) -> Response:
    """Download the deals that one is credited with as CSV."""
    return _download(as_csv(own_deals(session, viewer.id)), "text/csv", "deals.csv")


def _download(content: bytes, media_type: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
