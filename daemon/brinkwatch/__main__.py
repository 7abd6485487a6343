"""`python -m brinkwatch`: the command line."""

from brinkwatch.cli.main import main

if __name__ == "__main__":
    main()
