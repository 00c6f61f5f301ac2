"""Data rights: exports, deletions, and what expires by itself."""
