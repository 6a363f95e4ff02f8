"""Stamps: issued, printed, activated, corrected, void, counted, and in the end forgotten."""

from .correcting import correct as correct
from .correcting import correct_lot as correct_lot
from .counting import Counts as Counts
from .counting import counted as counted
from .counting import grouped as grouped
from .expiring import delete_expired as delete_expired
from .issuing import LARGEST_BATCH as LARGEST_BATCH
from .issuing import Batch as Batch
from .issuing import activate as activate
from .issuing import enter_older as enter_older
from .issuing import find_batch as find_batch
from .issuing import issue as issue
from .issuing import signed as signed
from .issuing import void as void
