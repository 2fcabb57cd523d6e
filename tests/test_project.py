"""The project itself: what its pages promise exists, and what is built holds everything."""

import argparse
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import citiverse
import hatch_build
from citiverse import resources
from citiverse.cli.main import command_line
from citiverse.server.settings import settings_from

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
PAGE_NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def commands() -> set[str]:
    """Names of the subcommands that the command line knows."""
    actions = command_line()._actions
    return {name for action in actions if isinstance(action, argparse._SubParsersAction) for name in action.choices}


def code_of(page: Path) -> str:
    """Everything that a page sets as code."""
    text = page.read_text()
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_a_page_names_only_commands_that_exist(page: Path) -> None:
    named = set(re.findall(r"\bcitiverse ([a-z]+)\b(?! =)", code_of(page)))
    assert named <= commands()


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_a_page_names_only_make_targets_that_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", code_of(page))) <= targets


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_files_that_a_page_names_exist(page: Path) -> None:
    folders = "assets|benchmarks|citiverse|docs|scenes|tests|web_client"
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", page.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "make test" in (ROOT / "README.md").read_text().split("##")[0]
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "make test"


def test_help_names_every_target_that_a_person_would_call() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"make ([a-z]+)", told)) == {"demo", "test", "check", "soak", "bench"}


def test_the_lock_file_of_the_client_names_no_registry() -> None:
    packages = json.loads((ROOT / "web_client" / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" in project["dynamic"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", citiverse.__version__)


def test_every_folder_of_assets_says_under_which_licence_it_stands() -> None:
    folders = [folder for folder in resources.assets().iterdir() if folder.is_dir()]
    assert folders
    words = {
        folder.name: " ".join(page.name + page.read_text() for page in folder.glob("[A-Z]*.*")) for folder in folders
    }
    assert [name for name, text in words.items() if not re.search("licen[cs]e", text, re.IGNORECASE)] == []


def test_the_client_is_stale_when_a_source_changes_and_not_when_a_package_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "node_modules").mkdir()
    source = tmp_path / "main.ts"
    source.write_text("one")
    monkeypatch.setattr(hatch_build, "SOURCES", tmp_path)
    first = hatch_build.source_hash()
    (tmp_path / "node_modules" / "package.js").write_text("installed")
    assert hatch_build.source_hash() == first
    source.write_text("two")
    assert hatch_build.source_hash() != first


def test_the_environment_that_the_pages_speak_of_is_read() -> None:
    named = set(re.findall(r"CITIVERSE_([A-Z]+)", "\n".join(page.read_text() for page in PAGES)))
    for name in named - {"DATA"}:
        value = "9000" if name == "PORT" else "/x"
        read = settings_from({"CITIVERSE_CERT": "/c", "CITIVERSE_KEY": "/k", f"CITIVERSE_{name}": value})
        assert getattr(read, name.lower()) != getattr(settings_from({}), name.lower())
    assert str(settings_from({"CITIVERSE_DATA": "/srv"}).data) == "/srv"
