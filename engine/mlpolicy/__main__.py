"""`python -m mlpolicy`."""

from mlpolicy.cli import main

if __name__ == "__main__":
    main()
