"""What an item is: identity, text cleaning, language, and what one more sight of an entry means. Pure."""
