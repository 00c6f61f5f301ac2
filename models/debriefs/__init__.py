"""Debriefs: texts about a result, composed here or written by a language model."""
