"""The command python -m recipes.export."""

from .convert import main

if __name__ == "__main__":
    main()
