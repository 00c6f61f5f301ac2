"""The database: engine, base types, tenancy, locks, and what runs after a commit."""
