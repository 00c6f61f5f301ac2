"""Who is asking: sessions, access control, re-authentication, WebAuthn, trusted browsers."""
