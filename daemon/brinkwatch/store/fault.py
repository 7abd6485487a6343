"""The error of a store that cannot be used."""


class StoreError(Exception):
    """The store cannot be used; the text says why and what mends it."""
