"""What Profile promises, as sentences that can fail."""
