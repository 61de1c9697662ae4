"""Imports every package's tables, so that migrations and tests know them all."""

import server.accounts.models
import server.api.models
import server.audit.models
import server.db.columns
import server.deals.models
import server.discussion.models
import server.documents.models
import server.impact.models
import server.imports.models
import server.jobs.models
import server.notifications.models
import server.page_cache.change_counters
import server.people.models
import server.plans_in_force.models
import server.search.models
import server.simulator.models
import server.town_halls.models
import server.voting.models  # noqa: F401 - importing registers the tables
