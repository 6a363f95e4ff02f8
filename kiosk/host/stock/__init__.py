"""What is in stock: delivery notes, lists, and whether goods may stand on the shelf."""
