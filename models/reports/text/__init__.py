"""The prose of reports and guides."""
