"""Typed settings from YAML."""
