"""Logging, metrics, health and systemd."""
