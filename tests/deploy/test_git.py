"""The site as a branch of a git repository."""

import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from outreach.deploy import git
from outreach.deploy.git import Git
from outreach.model.errors import Unavailable

from . import killing
from .trees import FIRST, SECOND, built, carry, for_others, means


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A repository that takes what is pushed."""
    run(tmp_path, "init", "--quiet", "--bare", str(tmp_path / "remote.git"))
    return tmp_path / "remote.git"


def run(folder: Path, *command: str) -> str:
    who = ("-c", "user.name=Bob", "-c", "user.email=bob@acme.example")
    done = subprocess.run(["git", *who, *command], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode().strip()


def branch(remote: Path, at: str = "gh-pages") -> dict[str, bytes]:
    """Every file of the branch."""
    names = run(remote, "ls-tree", "-r", "-z", "--name-only", at).split("\0")
    read = (subprocess.check_output(["git", "show", f"{at}:{n}"], cwd=remote) for n in names if n)
    return dict(zip(filter(None, names), read, strict=True))


def target(remote: Path, tmp_path: Path, **more: object) -> Git:
    settings = git.Settings.model_validate({"kind": "git", "remote": str(remote), **more})
    return git.open(settings, means(tmp_path))


def commit(remote: Path, folder: Path, name: str, text: str) -> None:
    """Somebody else's commit on the branch."""
    run(folder.parent, "clone", "--quiet", "--branch", "gh-pages", str(remote), str(folder))
    (folder / name).write_text(text)
    run(folder, "add", name)
    run(folder, "commit", "--quiet", "-m", "By hand")
    run(folder, "push", "--quiet")


def test_the_branch_is_the_built_tree(remote: Path, tmp_path: Path) -> None:
    way = target(remote, tmp_path)
    record = tmp_path / "r"
    carry(way, record, *built(tmp_path / "a", FIRST))
    assert branch(remote) == {**for_others(FIRST), ".nojekyll": b""}
    carry(way, record, *built(tmp_path / "b", SECOND))
    assert branch(remote) == {**SECOND, ".nojekyll": b""}
    assert run(remote, "log", "--format=%s", "gh-pages") == (
        "Deploy 6 changed files\nDeploy 9 changed files"
    )


def test_what_others_committed_stays_in_the_history(remote: Path, tmp_path: Path) -> None:
    way = target(remote, tmp_path)
    record = tmp_path / "r"
    carry(way, record, *built(tmp_path / "a", FIRST))
    commit(remote, tmp_path / "clone", "CNAME", "blog.acme.example\n")
    carry(way, record, *built(tmp_path / "b", SECOND))
    assert branch(remote) == {**SECOND, ".nojekyll": b"", "CNAME": b"blog.acme.example\n"}
    assert run(remote, "log", "--format=%s", "gh-pages").splitlines()[1] == "By hand"


def test_a_push_that_comes_between_is_not_pushed_away(remote: Path, tmp_path: Path) -> None:
    way = target(remote, tmp_path)
    carry(way, tmp_path / "r", *built(tmp_path / "a", FIRST))
    head = run(remote, "rev-parse", "gh-pages")
    commit(remote, tmp_path / "clone", "hand.txt", "mine")
    theirs = run(remote, "rev-parse", "gh-pages")
    ours = run(remote, "commit-tree", f"{head}^{{tree}}", "-p", head, "-m", "Late")
    run(way.cache / "repository", "fetch", "--quiet", str(remote), ours)
    with pytest.raises(Unavailable, match="rejected"):
        way._push(ours, head)
    assert run(remote, "rev-parse", "gh-pages") == theirs


def test_nothing_is_committed_where_nothing_differs(remote: Path, tmp_path: Path) -> None:
    tree = built(tmp_path / "a", FIRST)
    carry(target(remote, tmp_path), tmp_path / "r", *tree)
    head = run(remote, "rev-parse", "gh-pages")
    carry(target(remote, tmp_path / "other"), tmp_path / "lost", *tree)
    assert run(remote, "rev-parse", "gh-pages") == head


def test_with_force_there_is_one_commit(remote: Path, tmp_path: Path) -> None:
    way = target(remote, tmp_path, force=True)
    record = tmp_path / "r"
    carry(way, record, *built(tmp_path / "a", FIRST))
    carry(way, record, *built(tmp_path / "b", SECOND))
    assert run(remote, "rev-list", "--count", "gh-pages") == "1"
    assert branch(remote) == {**SECOND, ".nojekyll": b""}


def test_hooks_and_habits_of_the_owner_change_nothing(remote: Path, tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text(
        "[core]\n hooksPath = hooks\n excludesFile = ignored\n autocrlf = true\n"
    )
    (tmp_path / "ignored").write_text("*\n")
    files = {"index.html": b"one\r\ntwo\r\n", ".gitignore": b"*\n"}
    carry(target(remote, tmp_path), tmp_path / "r", *built(tmp_path / "a", files))
    assert branch(remote) == {**files, ".nojekyll": b""}


def test_the_lock_of_a_killed_git_is_taken_away(remote: Path, tmp_path: Path) -> None:
    way = target(remote, tmp_path)
    record = tmp_path / "r"
    carry(way, record, *built(tmp_path / "a", FIRST))
    (way.cache / "repository" / "index.lock").touch()
    carry(way, record, *built(tmp_path / "b", SECOND))
    assert branch(remote) == {**SECOND, ".nojekyll": b""}


@pytest.mark.parametrize("word", [b"add", b"push"])
def test_after_a_kill_the_next_one_is_right(remote: Path, tmp_path: Path, word: bytes) -> None:
    way = target(remote, tmp_path)
    record = tmp_path / "r"
    first, second = built(tmp_path / "a", FIRST), built(tmp_path / "b", SECOND)
    carry(way, record, *second)
    killing.while_runs(word, way, record, *first)
    killing.then(way, record, *second)
    assert branch(remote) == {**SECOND, ".nojekyll": b""}


def test_a_kill_after_the_push_makes_no_second_commit(remote: Path, tmp_path: Path) -> None:
    way = target(remote, tmp_path)
    tree = built(tmp_path / "a", FIRST)
    killing.after_paths(1, way, tmp_path / "r", *tree)
    killing.then(way, tmp_path / "r", *tree)
    assert run(remote, "rev-list", "--count", "gh-pages") == "1"


def test_a_token_is_given_to_git_alone(tmp_path: Path) -> None:
    settings = {"kind": "git", "remote": "https://127.0.0.1:1/acme/blog.git", "token": "$TOKEN"}
    opened = git.open(git.Settings.model_validate(settings), means(tmp_path))
    assert "Basic eC1hY2Nlc3MtdG9rZW46dG9rZW4=" in str(opened.extra())
    assert "eC1hY2" not in repr(opened)
    with pytest.raises(Unavailable) as told:
        carry(opened, tmp_path / "r", *built(tmp_path / "a", FIRST))
    assert "git ended with 128" in str(told.value)
    assert "eC1hY2" not in str(told.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"remote": "ext::sh -c touch% /tmp/pwned"},
        {"remote": "--upload-pack=touch"},
        {"remote": "https://ada:secret@git.example/blog.git"},
        {"remote": "ssh://-oProxyCommand=touch/blog.git"},
        {"branch": "-d"},
        {"branch": "a..b"},
        {"branch": "main:other"},
        {"token": "$TOKEN"},
        {"token": "in the open"},
    ],
)
def test_a_remote_is_only_a_remote(wrong: dict[str, str]) -> None:
    right = {"kind": "git", "remote": "git@git.example:acme/blog.git"}
    git.Settings.model_validate(right)
    with pytest.raises(ValidationError):
        git.Settings.model_validate({**right, **wrong})
