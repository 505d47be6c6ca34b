"""``python -m itten`` is the command ``itten``."""

from itten.cli import main

if __name__ == "__main__":
    main()
