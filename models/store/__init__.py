"""Every query, as methods; no other package writes a select. One file an aggregate, combined into one `Store`.

`Database.store` hands it out, bound to a transaction. Every method takes the `organisation_id` it acts for first; a row
of another organisation does not exist for it.
"""

from __future__ import annotations

from models.store.access import Access
from models.store.applications import Applications, BatchProgress
from models.store.approvals import Approvals
from models.store.attempts import Attempts
from models.store.audit import Audit
from models.store.batches import Batches
from models.store.calls import Calls
from models.store.channels import Channels
from models.store.connections import Connections
from models.store.copies import Copies
from models.store.deciding import Deciding
from models.store.deliveries import Deliveries
from models.store.first_run import FirstRun
from models.store.flow import Flows
from models.store.holding import Held
from models.store.identity import Identity
from models.store.insight import Insights
from models.store.jobs import Jobs
from models.store.links import Links
from models.store.listing import Listing
from models.store.members import Members
from models.store.merging import Merging
from models.store.messages import Messages
from models.store.noting import Noting
from models.store.operating import Operations
from models.store.pool import Pools
from models.store.reviews import Reviews
from models.store.rights import Rights
from models.store.sampling import Sampling
from models.store.suspensions import Suspensions
from models.store.visits import Visits
from models.store.writing import Writing

__all__ = ["BatchProgress", "Store"]


class Store(
    Jobs,
    Applications,
    Reviews,
    Calls,
    Attempts,
    Visits,
    Deliveries,
    Connections,
    Merging,
    Copies,
    FirstRun,
    Rights,
    Links,
    Flows,
    Insights,
    Pools,
    Operations,
    Access,
    Batches,
    Approvals,
    Members,
    Identity,
    Audit,
    Suspensions,
    Deciding,
    Writing,
    Noting,
    Listing,
    Sampling,
    Messages,
    Channels,
    Held,
):
    """All aggregates, one transaction."""
