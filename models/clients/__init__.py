"""OAuth clients: what is known of an app, its redirect URIs, and names that imitate others."""
