"""How fast this server is, whole: real gunicorn, every check, the durable audit entry. It prints what it measured and judges nothing."""
