"""The examples of README and guides that need a framework → run as they stand, page by page, from top to bottom."""

import contextlib
import io
import os
import re
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_examples(framework, **names):
    """Runs each ```python `framework` block with `names` at hand, in a folder of its own; the number of blocks."""
    block = re.compile(rf"^```python {framework}\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    n_run, home = 0, Path.cwd()
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        examples = block.findall(page.read_text("utf-8"))
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            own = {"__name__": "example", **names}
            with contextlib.redirect_stdout(io.StringIO()):
                for example in examples:
                    exec(compile(example, str(page), "exec"), own)
            os.chdir(home)
        n_run += len(examples)
    return n_run
