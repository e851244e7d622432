"""`python -m goodfit` → the command line."""

from __future__ import annotations

from goodfit.cli.main import main

if __name__ == "__main__":
    main()
