"""What forms share: how one is handled, fields, edit conflicts, limits of a connection, pagination."""
