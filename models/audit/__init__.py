"""Writing the audit log: actions, entries, seals, purges, and the stand-alone verifier."""
