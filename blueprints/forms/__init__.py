"""What forms share: fields, edit conflicts, limits of a connection, pagination."""
