"""Writes of deals, customers, products, events and usage; writing the same rows again changes nothing."""

from server.deals.service.catalog import upsert_customers, upsert_products
from server.deals.service.credits import CREDITS, CREDITS_OF_DEALS, replace_credits, stored_credits
from server.deals.service.deals import DEALS, count_deals, signing_dates, upsert_deals
from server.deals.service.events import EVENTS, upsert_events, upsert_usage
from server.deals.service.results import WriteResult
from server.deals.service.sources import SOURCES, get_source, settle_sources, update_data_end

__all__ = [
    "CREDITS",
    "CREDITS_OF_DEALS",
    "DEALS",
    "EVENTS",
    "SOURCES",
    "WriteResult",
    "count_deals",
    "get_source",
    "replace_credits",
    "settle_sources",
    "signing_dates",
    "stored_credits",
    "update_data_end",
    "upsert_customers",
    "upsert_deals",
    "upsert_events",
    "upsert_products",
    "upsert_usage",
]
