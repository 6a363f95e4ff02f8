"""What the office reports: each report is one description, which a page, a workbook, CSV and PDF are made of."""
