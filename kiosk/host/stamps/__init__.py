"""From a reading to a verdict: the scanner process, the catalogue on the card, and what the screens are told."""
