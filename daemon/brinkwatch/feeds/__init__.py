"""Reads feeds politely and safely: when to poll, how to fetch, how to parse."""
