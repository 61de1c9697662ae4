"""Pages rendered once for everyone in a role, filled in for each reader, and invalidated by every write.

The contract:
1. A page is cached per database, template, path, role, right to edit, time zone, minute and the state from
   `documents.queries.reader_state`.
2. A template marks what differs between readers with a placeholder; the cache holds the bytes between
   placeholders.
3. Nothing personal is cached: while a shared page is rendered, its template sees only the reader's role.
4. Pages with pay on them are never cached.
5. Every committed write increments a change counter: the proposal's if the row or statement names one, or
   the site's.
6. A page whose counters have changed is rendered again; counters and data are committed together, so no
   page is stale.
7. A model whose rows are on no cached page says so in its definition: `__invalidates__ = NO_PAGES`.
8. So a new table costs speed until it says this, and never shows a stale page.
9. A bulk statement about one proposal says so with the execution option `INVALIDATES_PROPOSAL`.
10. A test renders every cached page and fails if it reads a table that declares NO_PAGES.
"""

NO_PAGES = "no pages"
"""Value of a model's `__invalidates__` whose rows are on no cached page."""
INVALIDATES_PROPOSAL = "townhall_proposal"
"""Execution option of a statement that changes many rows: the id of the proposal whose pages show them."""
