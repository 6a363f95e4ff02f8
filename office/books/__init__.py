"""What the journals tell, as tables: sales, what undid them, counts and sums, and the branches of forked journals."""
