"""Decides what is told to whom, and what the message says. Pure."""
