"""The office's pages for its people. Who is not logged in sees the log-in."""

from .site import setup as setup
