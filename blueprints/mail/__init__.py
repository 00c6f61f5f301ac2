"""The mails that Profile sends: their content, registry and rendering."""
