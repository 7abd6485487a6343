"""Sends notifications, each once: the outbox and one receiver a file."""
