"""``python -m fascicle`` is the command ``fascicle``."""

from fascicle.cli import main

if __name__ == "__main__":
    main()
