"""The project's own checks find what they are for, and nothing else."""

from __future__ import annotations

import ast
import subprocess

import pytest

import check_docs
import check_sizes
import check_tree
import reference


def test_a_function_is_measured_without_its_docstring():
    """Signature and body count, the docstring does not."""
    source = 'def sing(\n    song,\n):\n    """Sing.\n\n    Loudly.\n    """\n    return song\n'
    assert list(check_sizes.functions(ast.parse(source))) == [("sing", 4)]


def test_what_is_too_long_is_named():
    """A file of 401 lines and a function of 41 are named; 400 and 40 pass."""
    body = "    x = 1\n"
    fits, outgrown = "def f():\n" + body * 39, "def f():\n" + body * 40
    assert list(check_sizes.complaints("a.py", fits + "\n" * 360)) == []
    assert [key for key, _ in check_sizes.complaints("a.py", outgrown + "\n" * 360)] == ["a.py", "a.py:f"]


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://pyp" + "i.org/simple",
        "https://files.pythonhoste" + "d.org/packages/x.whl",
        "registry = registry.npmj" + "s.org",
        "mirror" + "s.example.org",
        'HOME = "/wor' + 'k/main"',
        "cat /tm" + "p/x/y",
        "see ../share" + "d/design",
    ],
)
def test_addresses_and_machine_paths_are_found(line):
    """A registry, a mirror or a path of one machine is found wherever it stands in a line."""
    assert len(list(check_tree.forbidden("a.md", line))) == 1


@pytest.mark.parametrize("line", ["See https://docs.example.org/work/", "a/tmp/b", "http://127.0.0.1:8740/tour"])
def test_ordinary_addresses_are_left_alone(line):
    """Addresses of the cast, loopback and paths below another folder are no fault."""
    assert list(check_tree.forbidden("a.md", line)) == []


def test_requirements_are_pinned_with_hashes():
    """A requirement without a hash, without a version or from an address is named; a locked one is not."""
    good = "Django==5.2.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via detente\n"
    bad = "attrs==1\nbabel>=2 --hash=sha256:aa\nx @ https://example.org/x.whl --hash=sha256:aa\n"
    names, wrong = check_tree.locked_names("node.txt", good + bad)
    assert names == {"django"}
    assert len(wrong) == 3


def test_a_dependency_that_is_not_locked_is_named():
    """Names are compared as indexes do, whatever their case, extras or marks."""
    assert check_tree.unlocked(["psycopg[binary]>=3.2", "Django_CSP>=4"], {"psycopg", "django-csp"}) == []
    assert len(check_tree.unlocked(["psycopg>=3", "segno"], {"psycopg"})) == 1


@pytest.fixture
def page(tmp_path):
    """A folder with a page that has two headings of one name and one in a fence."""
    other = tmp_path / "other.md"
    other.write_text("# A title: *here*\n## Twice\n## Twice\n```console\n# no heading\n```\n")
    return tmp_path / "page.md"


@pytest.mark.parametrize(
    ("link", "broken"),
    [
        ("other.md", False),
        ("other.md#a-title-here", False),
        ("other.md#twice-1", False),
        ("https://example.org/away", False),
        ("other.md#no-heading", True),
        ("absent.md", True),
        ("../outside.md", True),
    ],
)
def test_links_must_reach_something(page, link, broken):
    """A relative link reaches a file inside the project and a heading there; other links are not followed."""
    text = f"[a link]({link}) and `[no link](absent.md)`\n"
    assert bool(list(check_docs.broken_links(page.parent, page, text))) is broken


def test_shown_commands_must_exist():
    """A command in a console fence is known to the command line or to make; other fences show anything."""
    text = (
        "```console\n$ detente verify B\n$ make demo ARGS=-x\n$ detente\n$ make sing\n```\n```text\n$ make noise\n```\n"
    )
    found = list(check_docs.unknown_commands("a.md", text, {"verify"}, {"demo"}))
    assert found == ["a.md: there is no command make sing"]


def test_raised_codes_are_collected():
    """A code is listed with its sentence, what is filled in shown as an ellipsis; other calls are not."""
    source = 'raise MalformedError("too-long", f"{n} bytes are too many.") from e\nprint("too-long", "no")\n'
    assert list(reference.raised(ast.parse(source))) == [("MalformedError", "too-long", "… bytes are too many.")]


def test_a_tracked_lock_file_is_refused(tmp_path):
    """The whole check reads what git tracks: a lock file and a machine's path are named, an untracked file is not."""
    (tmp_path / "requirements").mkdir()
    for name in check_tree.LOCKED:
        (tmp_path / name).write_text("segno==1 --hash=sha256:aa\n")
    project = '[project]\ndependencies = ["segno"]\noptional-dependencies.node = []\n'
    texts = {"pyproject.toml": project, "u" + "v.lock": "", "a.md": "in /wor" + "k/x", "b.md": "in /wor" + "k/x"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    tracked = ["add", "requirements", "pyproject.toml", "u" + "v.lock", "a.md"]
    subprocess.run(["git", "-C", tmp_path, *tracked], check=True)
    assert sorted(sentence.split(":")[0] for sentence in check_tree.check(tmp_path)) == ["a.md", "u" + "v.lock"]
