"""Reading the audit log: queries, search, sentences, export."""
