"""Profiles, their tags, aliases and results: finding, filtering, ordering, importing and exporting them."""
