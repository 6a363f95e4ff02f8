"""Charts as data: shapes, which `svg` writes for a page and `office.pdf` draws on paper."""
