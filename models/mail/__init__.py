"""Sending mail: the server that takes it, the letter, and what can go wrong between the two."""
