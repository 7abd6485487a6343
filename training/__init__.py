"""How the shipped model is made: corpus, recipe, export and evaluation. Not part of the installed package."""
