"""The command python -m recipes.interleaved."""

from .run import main

if __name__ == "__main__":
    main()
