"""What only MongoDB has: its server, its transactions, its validators."""
