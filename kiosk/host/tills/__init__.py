"""Selling: baskets, sales, what undoes them, shifts, and the day over all tills."""
