"""Everything printed: the queue and its worker, labels, previews, and how receipts look."""
