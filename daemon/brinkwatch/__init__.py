"""Brinkwatch: reads news feeds, follows crises between states, and says so in Slack."""

__version__ = "0.1.0"
