"""Counting what somebody may do how often."""
