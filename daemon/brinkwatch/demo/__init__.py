"""The demonstration: the real daemon on a bundled scenario that a small server on loopback serves as feeds."""
