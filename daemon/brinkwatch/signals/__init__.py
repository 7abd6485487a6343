"""Reads items: which signals of a rising or easing crisis they carry, and how surely."""
