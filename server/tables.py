"""Every table, named once, so that migrations and tests know them all."""

import server.api.models
import server.db.columns
import server.db.stirring
import server.deals.models
import server.discussion.models
import server.impact.models
import server.imports.models
import server.notifications.models
import server.people.models
import server.proposals.models
import server.search.models
import server.simulator.models
import server.townhall.models
import server.voting.models  # noqa: F401 - importing registers the tables
