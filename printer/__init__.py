"""From a document to a printer's bytes: receipts, Vietnamese text, money, dates. Runs on MicroPython."""
