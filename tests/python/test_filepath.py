"""FilePath: names below a path, what the system says, content, and links.

Source of the behaviour: Twisted 26.10, twisted.python.filepath, by running it.
"""

from __future__ import annotations

import errno
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from txloop.python import filepath
from txloop.python.filepath import (
    RWX,
    FilePath,
    IFilePath,
    InsecurePath,
    LinkError,
    Permissions,
    UnlistableError,
)


@pytest.fixture
def root(tmp_path: Path) -> FilePath[str]:
    return FilePath(str(tmp_path))


# ---- names ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["..", "../x", "/etc", "a/b", "./a/../../x", "a/..b/c"])
def test_a_child_is_one_name(root: FilePath[str], name: str) -> None:
    with pytest.raises(InsecurePath):
        root.child(name)
    with pytest.raises(InsecurePath):
        root.child(name.encode())


def test_a_preauthorised_child_is_anywhere_below(root: FilePath[str]) -> None:
    assert root.preauthChild("a/b/../c").segmentsFrom(root) == ["a", "c"]
    assert root.preauthChild(".") == root
    assert FilePath("/").preauthChild("etc/x").path == "/etc/x"


@pytest.mark.parametrize("path", ["..", "../other", "/etc/passwd", "a/../../b"])
def test_a_preauthorised_child_does_not_lead_out(root: FilePath[str], path: str) -> None:
    with pytest.raises(InsecurePath, match="is not a child of"):
        root.preauthChild(path)


def test_a_neighbour_whose_name_begins_alike_is_outside() -> None:
    """Difference: Twisted 26.10 gives FilePath('/srv/files-secret') here."""
    with pytest.raises(InsecurePath):
        FilePath("/srv/files").preauthChild("../files-secret")


def test_a_path_gives_paths_of_the_type_that_it_is_asked_with(root: FilePath[str]) -> None:
    assert root.child("é").path == root.path + "/é"
    assert root.child("é".encode()).path == root.path.encode() + b"/\xc3\xa9"
    assert root.asBytesMode().asTextMode() == root
    assert root.asTextMode() is root
    in_bytes: object = root.asBytesMode()
    assert root != in_bytes


def test_names_and_neighbours(root: FilePath[str]) -> None:
    path = root.descendant(["a", "b.tar.gz"])
    assert (path.basename(), path.parent(), path.splitext()[1]) == ("b.tar.gz", root.child("a"), ".gz")
    assert path.sibling("c").segmentsFrom(root) == ["a", "c"]
    assert path.siblingExtension(".x").basename() == "b.tar.gz.x"
    assert list(FilePath("/a/b").parents()) == [FilePath("/a"), FilePath("/")]
    with pytest.raises(ValueError, match="not parent of"):
        root.segmentsFrom(path)


def test_paths_compare_and_hash_by_their_text(root: FilePath[str]) -> None:
    assert sorted([root.child("b"), root.child("a")]) == [root.child("a"), root.child("b")]
    assert len({root.child("a"), root.child("a")}) == 1
    its_text: object = root.path
    assert root != its_text
    assert IFilePath.providedBy(root)


def test_extensions_are_searched_in_order(root: FilePath[str]) -> None:
    page = root.child("page")
    for name in ("page.html", "page.c"):
        root.child(name).touch()
    assert page.siblingExtensionSearch(".x", ".c", ".html") == root.child("page.c")
    assert page.siblingExtensionSearch("") is None
    found = page.siblingExtensionSearch("*")
    assert found in (root.child("page.c"), root.child("page.html"))
    assert root.childSearchPreauth("nope", "page.c") == root.child("page.c")


def test_a_pattern_means_nothing_in_the_path_above_it(root: FilePath[str]) -> None:
    odd = root.child("[x]*")
    odd.makedirs()
    odd.child("a.py").touch()
    assert odd.globChildren("*.py") == [odd.child("a.py")]


# ---- what the system says ---------------------------------------------------


def test_what_is_not_there_is_nothing_and_has_no_size(root: FilePath[str]) -> None:
    gone = root.child("gone")
    asked = (gone.exists, gone.isfile, gone.isdir, gone.islink, gone.isSocket, gone.isBlockDevice)
    assert not any(ask() for ask in asked)
    for ask in (gone.getsize, gone.getModificationTime, gone.getPermissions, gone.restat, gone.listdir):
        with pytest.raises(FileNotFoundError):
            ask()
    gone.restat(reraise=False)


def test_what_the_system_said_is_remembered_until_changed(root: FilePath[str]) -> None:
    path = root.child("a")
    path.setContent(b"123")
    assert path.getsize() == 3
    os.unlink(path.path)
    assert (path.exists(), path.getsize()) == (True, 3)
    path.changed()
    assert not path.exists()


def test_a_pickled_path_forgets_what_the_system_said(root: FilePath[str]) -> None:
    path = root.child("a")
    path.touch()
    assert path.exists()
    again = pickle.loads(pickle.dumps(path))
    assert (again, "_statinfo" in vars(again)) == (path, False)


def test_children_of_no_directory_are_an_error_with_its_cause(root: FilePath[str]) -> None:
    file = root.child("file")
    file.touch()
    for path, number in ((root.child("gone"), errno.ENOENT), (file, errno.ENOTDIR)):
        with pytest.raises(UnlistableError) as caught:
            path.children()
        assert caught.value.originalException.errno == caught.value.errno == number


def test_a_directory_that_may_not_be_read_is_the_systems_error(
    root: FilePath[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: object) -> Any:
        raise OSError(errno.EACCES, "no")

    monkeypatch.setattr(filepath, "listdir", refuse)
    with pytest.raises(OSError, match="no") as caught:
        root.children()
    assert not isinstance(caught.value, UnlistableError)


def test_permissions_are_read_as_ls_writes_them(root: FilePath[str]) -> None:
    path = root.child("a")
    path.touch()
    path.chmod(0o640)
    assert path.getPermissions() == Permissions(0o100640)
    assert path.getPermissions().shorthand() == "rw-r-----"
    assert path.getPermissions().group == RWX(True, False, False)
    assert repr(RWX(True, False, False)) == "RWX(read=True, write=False, execute=False)"


# ---- content ----------------------------------------------------------------


def test_content_is_replaced_in_one_step_and_nothing_else_is_left(root: FilePath[str]) -> None:
    path = root.child("a")
    path.setContent(b"old")
    assert path.getsize() == 3
    with path.open() as reader:
        path.setContent(b"newer", ext=b".tmp")
        assert reader.read() == b"old"
    assert (path.getContent(), path.getsize(), root.listdir()) == (b"newer", 5, ["a"])


def test_content_that_cannot_be_written_leaves_the_old_one_alone(root: FilePath[str]) -> None:
    path = root.child("a")
    path.setContent(b"old")
    with pytest.raises(TypeError):
        path.setContent("text")  # type: ignore[arg-type]
    assert (path.getContent(), root.listdir()) == (b"old", ["a"])


def test_a_path_that_must_be_new_refuses_what_is_there(root: FilePath[str]) -> None:
    path = root.child("a")
    path.create().close()
    os.symlink("elsewhere", root.child("link").path)
    for there in (path, root.child("link")):
        there.requireCreate()
        with pytest.raises(FileExistsError):
            there.open("w")
    with pytest.raises(AssertionError, match="Appending not supported"):
        path.open("a")


def test_a_temporary_sibling_is_nobody_elses(root: FilePath[str]) -> None:
    first, second = root.child("a").temporarySibling(), root.child("a").temporarySibling(".x")
    assert first != second
    assert first.basename().endswith("a")
    assert second.basename().endswith("a.x")
    first.open("w").close()
    with pytest.raises(FileExistsError):
        first.open("w")


def test_directories_are_made_once_or_again_if_one_says_so(root: FilePath[str]) -> None:
    deep = root.descendant(["a", "b"])
    deep.makedirs()
    deep.makedirs(ignoreExistingDirectory=True)
    with pytest.raises(FileExistsError):
        deep.makedirs()
    file = root.child("file")
    file.touch()
    with pytest.raises(FileExistsError):
        file.makedirs(ignoreExistingDirectory=True)


def filled(root: FilePath[str]) -> FilePath[str]:
    tree = root.child("tree")
    tree.child("sub").makedirs()
    tree.descendant(["sub", "b"]).setContent(b"2")
    tree.child("a").setContent(b"1")
    tree.child("a").linkTo(tree.child("link"))
    return tree


@pytest.mark.parametrize("follow", [True, False])
def test_a_copy_has_all_that_is_below_and_links_as_asked(root: FilePath[str], follow: bool) -> None:
    copy = root.child("copy")
    filled(root).copyTo(copy, followLinks=follow)
    assert copy.descendant(["sub", "b"]).getContent() == b"2"
    assert copy.child("link").islink() is not follow
    assert copy.child("link").getContent() == b"1"


def test_what_is_not_there_is_not_copied(root: FilePath[str]) -> None:
    with pytest.raises(FileNotFoundError):
        root.child("gone").copyTo(root.child("copy"))


def test_a_move_to_another_file_system_is_a_copy_in_one_step(
    root: FilePath[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, target = filled(root), root.child("target")
    real_rename = os.rename

    def rename(old: str, new: str) -> None:
        if (old, new) == (tree.path, target.path):
            raise OSError(errno.EXDEV, "other file system")
        real_rename(old, new)

    monkeypatch.setattr(os, "rename", rename)
    tree.moveTo(target)
    assert target.descendant(["sub", "b"]).getContent() == b"2"
    assert root.listdir() == ["target"]


def test_remove_takes_a_tree_and_of_a_link_the_link(root: FilePath[str]) -> None:
    tree = filled(root)
    tree.linkTo(root.child("link"))
    root.child("link").remove()
    assert tree.child("a").exists()
    tree.remove()
    assert root.listdir() == []


# ---- links and walks --------------------------------------------------------


def test_a_walk_visits_a_directory_before_its_children_and_descends_where_asked(root: FilePath[str]) -> None:
    tree = filled(root)
    walked = [path.path for path in tree.walk()]
    assert walked[0] == tree.path
    assert walked.index(tree.child("sub").path) < walked.index(tree.descendant(["sub", "b"]).path)
    assert len(walked) == 5
    assert tree.descendant(["sub", "b"]) not in list(tree.walk(descend=lambda path: False))


@pytest.mark.parametrize("target", [["tree"], ["tree", "sub"], []])
def test_a_walk_in_a_circle_is_an_error(root: FilePath[str], target: list[str]) -> None:
    tree = filled(root)
    root.descendant(target).linkTo(tree.descendant(["sub", "again"]))
    with pytest.raises(LinkError, match="Cycle in file graph"):
        list(tree.walk())


def test_a_link_leads_to_its_end_and_one_to_itself_is_an_error(root: FilePath[str]) -> None:
    tree = filled(root)
    assert tree.child("link").realpath() == tree.child("a")
    assert tree.realpath() is tree
    own = root.child("own")
    own.linkTo(own)
    with pytest.raises(LinkError, match="Cyclical link"):
        own.realpath()
