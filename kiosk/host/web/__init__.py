"""The two listeners' pages and API: log-in, routes, events, sentences, and the headers that guard them."""
