"""Tables that officials keep in Excel: reading them without harm, writing them so that Excel understands."""

from .reading import Progress as Progress
from .reading import SheetError as SheetError
from .reading import Table as Table
from .reading import read as read
from .writing import Column as Column
from .writing import Sheet as Sheet
from .writing import Typed as Typed
from .writing import csv_bytes as csv_bytes
from .writing import xlsx_bytes as xlsx_bytes
