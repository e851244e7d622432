"""Budgets that must hold at every commit: import weight, page size, no outside addresses, wheel size.

Each budget is a count or a size, so that it holds on a busy machine; raising one needs a line of reason here.
"""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "python" / "goodfit" / "server" / "static"

FIRST_LOAD_KB = 110  # compressed JavaScript and CSS that index.html names; hard stop 150 (docs/design)
# All built files, raw: the page 768, of which 50 are the rules' texts in two languages and 60 forecasts, tests drawn on
# curves, sound and colours, all fetched when first used; and most of it once more as the one script of a report.
STATIC_KB = 1450
FORBIDDEN_AT_IMPORT = ("numpy", "starlette", "httpx", "PIL", "click", "rich", "sqlite3", "asyncio")
IMPORT_MODULES = 60  # modules that `import goodfit; goodfit.Run` may add; asserts on counts, never on time


def loaded_modules(code: str) -> set[str]:
    """Modules in `sys.modules` after running `code` in a fresh interpreter."""
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def check_imports() -> list[str]:
    bare = loaded_modules("")
    problems = []
    for code in ("import goodfit", "import goodfit; goodfit.Run"):
        added = loaded_modules(code) - bare
        heavy = sorted(name for name in FORBIDDEN_AT_IMPORT if name in added)
        if heavy:
            problems.append(f"{code!r} loads {', '.join(heavy)}")
        if len(added) > IMPORT_MODULES:
            problems.append(f"{code!r} adds {len(added)} modules, allowed {IMPORT_MODULES}")
        print(f"{code!r}: {len(added)} modules added")
    return problems


def check_page() -> list[str]:
    index = STATIC / "index.html"
    if not index.is_file():
        return ["the page is not built (make setup)"]
    first = [
        index,
        *(STATIC / name for name in re.findall(r'(?:src|href)="\./([^"]+\.(?:js|css))"', index.read_text())),
    ]
    first_kb = sum(len(gzip.compress(path.read_bytes(), 9)) for path in first) / 1024
    raw_kb = sum(path.stat().st_size for path in STATIC.rglob("*") if path.is_file()) / 1024
    print(f"page: {first_kb:.1f} KB at first load (compressed), {raw_kb:.0f} KB in all")
    problems = []
    if first_kb > FIRST_LOAD_KB:
        problems.append(f"first load is {first_kb:.1f} KB, allowed {FIRST_LOAD_KB}")
    if raw_kb > STATIC_KB:
        problems.append(f"the built page is {raw_kb:.0f} KB, allowed {STATIC_KB}")
    # XML namespaces, and addresses inside error texts of the libraries.
    allowed = re.compile(r"https?://(www\.w3\.org/|svelte\.dev/e/|github\.com/markedjs/marked)")
    for path in STATIC.rglob("*"):
        if path.suffix in {".js", ".css", ".html"}:
            outside = [a for a in re.findall(r"https?://[^\s\"'`)<]+", path.read_text()) if not allowed.match(a)]
            problems += [f"{path.name} names the outside address {address}" for address in sorted(set(outside))]
    return problems


def main() -> int:
    problems = check_imports() + check_page()
    for problem in problems:
        print(f"budget: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
