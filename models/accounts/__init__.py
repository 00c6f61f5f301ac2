"""Accounts, users, members, and invitations to become one."""
