"""`python -m bench.page`: every bound of the page in one table; `python -m bench.page.server` is the server alone."""

from __future__ import annotations

from bench.page.table import main

main()
