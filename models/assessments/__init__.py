"""Assessments: invitations and links, sittings and answers, completion and removal requests."""
