"""Bringing tables into the registry, and the registry into tables: the same columns both ways."""

from .exporting import sheet as sheet
from .exporting import sheets as sheets
from .running import Problem as Problem
from .running import Report as Report
from .running import run as run
