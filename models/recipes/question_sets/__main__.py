"""The command python -m recipes.question_sets."""

from .convert import main

if __name__ == "__main__":
    main()
