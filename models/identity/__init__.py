"""How a person signs in: passwords, passkeys, one-time codes, sessions, resets."""
