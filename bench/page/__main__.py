"""`python -m bench.page`: the server's half; see server.py for the options."""

from __future__ import annotations

from bench.page.server import main

main()
