"""Inviting many by a file: it is read, what will happen to each person is shown, and when that is confirmed it all happens at once."""
