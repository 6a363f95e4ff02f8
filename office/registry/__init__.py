"""The registry: producers, products, trade items, lots, outlets and contracts, and what ends them."""

from .ending import end_pattern as end_pattern
from .ending import recall as recall
from .ending import withdraw as withdraw
from .errors import RegistryError as RegistryError
from .records import Contract as Contract
from .records import Import as Import
from .records import Inspection as Inspection
from .records import Lot as Lot
from .records import Outlet as Outlet
from .records import Pattern as Pattern
from .records import Producer as Producer
from .records import Product as Product
from .records import Recognition as Recognition
from .records import Record as Record
from .records import Setting as Setting
from .records import TradeItem as TradeItem
from .storing import import_rows as import_rows
from .storing import patterns as patterns
from .storing import put as put
