"""The prose that the embedded writer composes debriefs from."""
