"""Facts → text in a terminal."""

from __future__ import annotations

import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.cli import output


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert output.paint("x", "red", stream=io.StringIO()) == "x"
    assert output.paint("x", "red", stream=Terminal()) == "\x1b[31mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert output.paint("x", "red", stream=Terminal()) == "x"


def test_columns_align_wide_characters() -> None:
    lines = output.format_columns([["실험", "a"], ["abcd", "b"], ["\x1b[31mx\x1b[0m", "c"]])
    # A Korean syllable takes two columns, so 실험 is as wide as abcd.
    assert lines == ["실험  a", "abcd  b", "\x1b[31mx\x1b[0m     c"]


@given(st.text(alphabet="ab 실험,", max_size=60), st.integers(14, 60))
def test_last_column_fits_the_terminal(text: str, width: int) -> None:
    (line,) = output.format_columns([["name", text]], width=width)
    assert output.width_of(line) <= width
    whole = f"name  {text}".rstrip()
    assert line == whole if output.width_of(f"name  {text}") <= width else line.endswith("…")


def test_no_room_cuts_nothing() -> None:
    assert output.format_columns([["a long name", "one two three"]], width=15) == ["a long name  one two three"]


def test_names_cannot_steer_the_terminal() -> None:
    assert output.clean("run\x1b[2J\x07\u202e") == "run�[2J��"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ""),
        ([1.0], "▁"),
        ([1.0, 1.0], "▁▁"),
        ([0.0, 7.0], "▁█"),
        ([math.nan, 1.0, math.inf], "×▁×"),
        ([-1.7e308, 1.7e308], "▁█"),
    ],
)
def test_sparkline_of_edge_cases(values: list[float], expected: str) -> None:
    assert output.sparkline(values) == expected


@given(st.lists(st.floats(), max_size=200), st.integers(1, 40))
def test_sparkline_fits_its_width(values: list[float], width: int) -> None:
    text = output.sparkline(values, width=width)
    assert len(text) == min(width, len(values))
    assert (text[-1:] == "×") == (bool(values) and not math.isfinite(values[-1]))


def test_progress_is_silent_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("reading") as line:
        line.show("half")
    assert capsys.readouterr().err == ""
