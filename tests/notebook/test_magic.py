"""`%goodfit LOGDIR`: the page below the cell, one server a folder, ended with the process that asked."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from tests.event_bytes import VERSION, scalar, write

import goodfit
from goodfit import notebook
from goodfit.errors import BadArgument, GoodfitError


class Shell:
    """The one call of IPython's that an extension makes."""

    def __init__(self) -> None:
        self.magics: dict[str, Callable[[str], Any]] = {}

    def register_magic_function(self, function: Callable[[str], Any], kind: str, name: str) -> None:
        assert kind == "line"
        self.magics[name] = function


@pytest.fixture
def magic() -> Iterator[Callable[[str], Any]]:
    shell = Shell()
    goodfit.load_ipython_extension(shell)
    yield shell.magics["goodfit"]
    notebook.unload_ipython_extension(shell)
    assert notebook.list_servers() == []


def test_shows_the_page_of_one_server_per_folder(magic: Callable[[str], Any], tmp_path: Path) -> None:
    write(tmp_path / "my logs" / "run", VERSION + scalar("loss", 0.5))
    line = f"'{tmp_path / 'my logs'}'"
    frame = magic(line)
    source = re.search(r'<iframe src="(http://127\.0\.0\.1:\d+/)" width="100%" height="800"', frame._repr_html_())
    assert source
    with urlopen(f"{source[1]}api/health", timeout=60) as answer:
        policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'self' http://localhost:*" in policy
    again = magic(f"{line} --height 300")
    assert again.url == frame.url and 'height="300"' in again._repr_html_()
    [server] = notebook.list_servers()
    assert notebook.display(server.port).url == frame.url
    notebook.stop(server.port)
    assert not server.is_running
    with pytest.raises(BadArgument, match="No server"):
        notebook.display()


def test_a_proxys_address_takes_the_port(magic: Callable[[str], Any], tmp_path: Path) -> None:
    frame = magic(f"{tmp_path} --url=https://hub.example/proxy/%PORT%/?a=1&b=2")
    [server] = notebook.list_servers()
    assert frame.url == f"https://hub.example/proxy/{server.port}/?a=1&b=2"
    assert "a=1&amp;b=2" in frame._repr_html_()


def test_a_server_that_cannot_start_says_why(magic: Callable[[str], Any], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GoodfitError, match="is a file"):
        magic(str(tmp_path / "file"))


@pytest.mark.parametrize("line", ["", "a b", "a --nonsense", "a --height tall", "a --height 5", "'a", "a --port"])
def test_lines_that_cannot_be_read_are_refused(line: str) -> None:
    with pytest.raises(BadArgument):
        notebook.parse_line(line)


def test_the_server_ends_with_a_process_that_was_killed(tmp_path: Path) -> None:
    code = (
        "from goodfit import notebook\n"
        f"notebook.goodfit({str(tmp_path)!r})\n"
        "print(notebook.list_servers()[0].process.pid, flush=True)\n"
        "import time; time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    status = Path(f"/proc/{pid}/stat")
    if not status.parent.parent.joinpath("self").exists():
        pytest.skip("this system does not list its processes")
    for _ in range(500):
        if not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        subprocess.run([sys.executable, "-c", ""], check=True)  # takes its time
    raise AssertionError(f"process {pid} outlived its notebook")


def test_loading_imports_no_ipython_and_no_server() -> None:
    code = (
        "import sys, goodfit; goodfit.load_ipython_extension\n"
        "print('IPython' in sys.modules, 'starlette' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "False False\n"
