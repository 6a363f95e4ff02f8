"""Charts as data: shapes, which `svg` writes for a page and `office.reporting.pdf` draws on paper."""
