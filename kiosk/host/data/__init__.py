"""outlet.db: the journal, its one writer, and the tables that it tells."""
