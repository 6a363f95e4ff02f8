"""`ocop office ...`: one module for each group of commands."""
