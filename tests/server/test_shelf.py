"""Names, notes, hidden runs, pins and saved views: outside of the log folder, over restarts, between servers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.server.conftest import OpenSite

from goodfit.errors import LogFolderError
from goodfit.server.schema import ShelfChange
from goodfit.server.shelf import ShelfBook, shelf_path


def test_what_people_say_of_runs_outlives_the_server(tmp_path: Path, pair_logs: Path, open_site: OpenSite) -> None:
    path = shelf_path(tmp_path / "state", str(pair_logs))
    before = {file: file.stat() for file in pair_logs.rglob("*")}
    site = open_site(pair_logs, shelf_path=path)
    for change in (
        {"training": "exp1", "name": "  the good\none "},
        {"training": "exp1", "note": "lr was wrong <b>"},
        {"training": "exp2", "is_hidden": True},
        {"pinned": ["loss", "accuracy", "loss"]},
        {"view": {"name": "paper", "address": "#/curves?m=loss"}},
    ):
        assert site.client.post("/api/shelf/change", json=change).status_code == 200
    again = open_site(pair_logs, shelf_path=path)
    assert again.get("/api/shelf") == {
        "runs": {
            "exp1": {"name": "the good one", "note": "lr was wrong <b>", "is_hidden": False, "colour": ""},
            "exp2": {"name": "", "note": "", "is_hidden": True, "colour": ""},
        },
        "pinned": ["loss", "accuracy"],
        "views": [{"name": "paper", "address": "#/curves?m=loss"}],
        "group_colours": {},
        "slots": {},
    }
    assert {file: file.stat() for file in pair_logs.rglob("*")} == before


def test_taking_everything_back_leaves_nothing(tmp_path: Path) -> None:
    book = ShelfBook(tmp_path / "shelf.json")
    book.change(ShelfChange(training="exp1", name="x", note="y", is_hidden=True))
    book.change(ShelfChange(training="exp1", name="", note="", is_hidden=False))
    assert book.read().runs == {}


def test_a_view_replaces_its_namesake_and_can_be_forgotten(open_site: OpenSite) -> None:
    site = open_site()
    for address in ("#/curves", "#/table"):
        site.client.post("/api/shelf/change", json={"view": {"name": "mine", "address": address}})
    assert [one["address"] for one in site.get("/api/shelf")["views"]] == ["#/table"]
    site.client.post("/api/shelf/change", json={"forget_view": "mine"})
    assert site.get("/api/shelf")["views"] == []


def test_two_servers_do_not_undo_each_other(tmp_path: Path) -> None:
    path = tmp_path / "shelf.json"
    one, other = ShelfBook(path), ShelfBook(path)
    one.change(ShelfChange(training="a", name="first"))
    other.change(ShelfChange(training="b", name="second"))
    assert sorted(one.read().runs) == ["a", "b"]


def test_a_damaged_file_counts_as_empty_and_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "shelf.json"
    path.write_bytes(b'{"runs": {"a"')
    book = ShelfBook(path)
    assert book.read().runs == {}
    assert list(book.change(ShelfChange(training="b", name="x")).runs) == ["b"]
    assert (tmp_path / "shelf.damaged").read_bytes() == b'{"runs": {"a"'


def test_a_file_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "shelf.json"
    path.mkdir()  # also the superuser cannot read a folder as a file
    with pytest.raises(LogFolderError, match="Nothing was changed"):
        ShelfBook(path).change(ShelfChange(training="b", name="x"))
    assert [one.name for one in tmp_path.iterdir()] == ["shelf.json"]


@pytest.mark.parametrize("is_file", [True, False])
def test_a_shelf_does_not_grow_without_end(
    tmp_path: Path, open_site: OpenSite, is_file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodfit.server.shelf.MAX_SHELF_BYTES", 200_000)
    site = open_site(shelf_path=tmp_path / "shelf.json" if is_file else None)
    for number in range(20):
        change = {"training": f"run{number}", "note": "n" * 20_000}
        answer = site.client.post("/api/shelf/change", json=change)
        if answer.status_code != 200:
            break
    assert answer.status_code == 400 and "Nothing was changed" in answer.json()["message"]
    assert len(site.get("/api/shelf")["runs"]) == number == 9
    assert site.client.post("/api/shelf/change", json={"training": "run0", "note": ""}).status_code == 200
    assert len(list(tmp_path.glob(".shelf-*"))) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_takes_no_file_is_said(tmp_path: Path, open_site: OpenSite) -> None:
    tmp_path.chmod(0o500)
    answer = open_site(shelf_path=tmp_path / "state" / "x.json").client.post("/api/shelf/change", json={"pinned": []})
    assert "Nothing was changed" in answer.json()["message"]


@pytest.mark.parametrize(
    "change",
    [
        {"view": {"name": "x", "address": "javascript:alert(1)"}},
        {"view": {"name": "x", "address": "https://example.com/#/"}},
        {"view": {"name": "", "address": "#/"}},
        {"training": "a", "name": "n" * 201},
        {"training": "a", "note": "n" * 20_001},
        {"pinned": ["m"] * 101},
    ],
)
def test_what_is_too_long_or_leads_elsewhere_is_refused(open_site: OpenSite, change: dict[str, object]) -> None:
    site = open_site()
    assert site.client.post("/api/shelf/change", json=change).status_code == 400
    assert site.get("/api/shelf") == {"runs": {}, "pinned": [], "views": [], "group_colours": {}, "slots": {}}


def test_colours_of_runs_and_groups_are_kept_and_taken_back(open_site: OpenSite) -> None:
    site = open_site()

    def change(**parts: str) -> Any:
        answer = site.client.post("/api/shelf/change", json=parts)
        assert answer.status_code == 200, answer.text
        return answer.json()

    change(training="exp1", colour="3")
    change(group="optimizer=adam", colour="#00aa77")
    shelf = site.get("/api/shelf")
    assert shelf["runs"]["exp1"]["colour"] == "3"
    assert shelf["group_colours"] == {"optimizer=adam": "#00aa77"}
    assert change(training="exp1", colour="")["runs"] == {}
    assert change(group="optimizer=adam", colour="")["group_colours"] == {}
    # A name changes nothing of the colour.
    change(training="exp1", colour="7")
    assert change(training="exp1", name="x")["runs"]["exp1"]["colour"] == "7"


@pytest.mark.parametrize("colour", ["8", "#12345", "#GGGGGG", "red", "url(http://x)", "3;"])
def test_what_is_no_colour_is_refused(open_site: OpenSite, colour: str) -> None:
    answer = open_site().client.post("/api/shelf/change", json={"training": "exp1", "colour": colour})
    assert answer.status_code == 400


def test_a_run_keeps_the_colour_it_was_first_given(open_site: OpenSite) -> None:
    site = open_site()
    site.client.post("/api/shelf/change", json={"slots": {"a": 3, "b": 0}})
    shelf = site.client.post("/api/shelf/change", json={"slots": {"c": 3, "a": 7}}).json()
    # The eldest first, for it keeps its colour where two have one.
    assert list(shelf["slots"].items()) == [("a", 3), ("b", 0), ("c", 3)]


@pytest.mark.parametrize("slots", [{"a": 8}, {"a": -1}, {"a": "3"}, {f"r{i}": 0 for i in range(101)}])
def test_what_is_none_of_the_eight_is_refused(open_site: OpenSite, slots: dict[str, object]) -> None:
    answer = open_site().client.post("/api/shelf/change", json={"slots": slots})
    assert answer.status_code == 400
