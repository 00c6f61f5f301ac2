"""Coverage-guided fuzzing of everything that reads what strangers send: `bin/fuzz TARGET --minutes N`."""
