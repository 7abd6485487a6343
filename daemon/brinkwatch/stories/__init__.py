"""Which items are about the same development, how grave it is, and how it stands. Pure."""
