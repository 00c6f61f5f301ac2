"""Commands that belong to no other blueprint: demo data and instruments."""
