"""`python -m mlpolicy`."""

from mlpolicy.cli import run

if __name__ == "__main__":
    run()
