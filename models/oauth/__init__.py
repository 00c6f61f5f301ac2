"""OAuth: codes, tokens, devices, and what a presented token may do."""
