"""People side by side, and groups as a whole: what their newest results have in common and where they part."""
