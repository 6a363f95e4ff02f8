"""The office's tables, for SQLite and PostgreSQL alike (SQLAlchemy Core).

Times are integer ms UTC, calendar dates ISO texts (local, UTC+7), money integer đồng, GTINs 14
digits, hashes raw bytes. What a device reported is in `entries` as the exact bytes; `sales`,
`sale_lines` and `scans` are projections of it and can be built again.
"""

from .base import BigId as BigId
from .base import metadata as metadata
from .fleet import device_health as device_health
from .fleet import phone_looks as phone_looks
from .fleet import published_endings as published_endings
from .fleet import reached_endings as reached_endings
from .journal import APART as APART
from .journal import SAME_SALE as SAME_SALE
from .journal import alerts as alerts
from .journal import brought_branches as brought_branches
from .journal import checkpoints as checkpoints
from .journal import damaged_lines as damaged_lines
from .journal import decided_branches as decided_branches
from .journal import devices as devices
from .journal import enrolment_codes as enrolment_codes
from .journal import entries as entries
from .journal import renewals as renewals
from .journal import sale_lines as sale_lines
from .journal import sales as sales
from .journal import scans as scans
from .journal import undone_lines as undone_lines
from .registry import contracts as contracts
from .registry import files as files
from .registry import inspections as inspections
from .registry import lots as lots
from .registry import outlets as outlets
from .registry import photos as photos
from .registry import producers as producers
from .registry import products as products
from .registry import recalls as recalls
from .registry import recognitions as recognitions
from .registry import trade_items as trade_items
from .registry import withdrawals as withdrawals
from .reporting import batch_rollups as batch_rollups
from .reporting import look_rollups as look_rollups
from .reporting import sales_rollups as sales_rollups
from .reporting import targets as targets
from .running import accounts as accounts
from .running import audit as audit
from .running import catalogue_segments as catalogue_segments
from .running import catalogue_versions as catalogue_versions
from .running import changes as changes
from .running import counters as counters
from .running import ended_sessions as ended_sessions
from .running import login_tries as login_tries
from .running import roots as roots
from .running import settings as settings
from .running import uploads as uploads
from .stamps import activations as activations
from .stamps import batches as batches
from .stamps import patterns as patterns
from .stamps import tombstones as tombstones
from .stamps import voids as voids
