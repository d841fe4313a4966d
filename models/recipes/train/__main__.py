"""The command python -m recipes.train. Processes that training starts import `run`, as they cannot import a package's __main__."""

from .run import main

if __name__ == "__main__":
    main()
