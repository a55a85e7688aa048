"""Services.  Source of the claims: Twisted 26.10, twisted.application.service, by running it."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from txloop.application import service
from txloop.internet.defer import Deferred, fail
from txloop.persisted import sob

Flush = Callable[..., list[Any]]


class Noted(service.Service):
    """Notes its starts and stops in a list shared with others."""

    def __init__(self, name: str, notes: list[str]) -> None:
        self.setName(name)
        self.notes = notes

    def privilegedStartService(self) -> None:
        self.notes.append(f"privileged {self.name}")
        super().privilegedStartService()

    def startService(self) -> None:
        self.notes.append(f"start {self.name}")
        super().startService()

    def stopService(self) -> Any:
        self.notes.append(f"stop {self.name}")
        return super().stopService()


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def parent(notes: list[str]) -> service.MultiService:
    made = service.MultiService()
    for name in "ab":
        Noted(name, notes).setServiceParent(made)
    return made


def test_children_start_in_order_and_stop_in_the_other(
    parent: service.MultiService, notes: list[str]
) -> None:
    parent.privilegedStartService()
    parent.startService()
    assert parent.running
    parent.stopService()
    assert notes == ["privileged a", "privileged b", "start a", "start b", "stop b", "stop a"]
    assert not parent.running


def test_a_child_added_to_a_running_parent_is_started(parent: service.MultiService, notes: list[str]) -> None:
    parent.startService()
    notes.clear()
    late = Noted("late", notes)
    late.setServiceParent(parent)
    assert notes == ["privileged late", "start late"]
    assert parent.getServiceNamed("late") is late


def test_a_child_taken_out_is_stopped_and_forgotten(parent: service.MultiService, notes: list[str]) -> None:
    parent.startService()
    child = parent.getServiceNamed("a")
    assert child.disownServiceParent() is None
    assert notes[-1] == "stop a"
    assert child.parent is None
    with pytest.raises(KeyError, match="a"):
        parent.getServiceNamed("a")


def test_two_children_of_one_name_are_refused(parent: service.MultiService, notes: list[str]) -> None:
    with pytest.raises(RuntimeError, match=r"^cannot have two services with same name 'a'$"):
        Noted("a", notes).setServiceParent(parent)


def test_a_child_cannot_be_renamed(parent: service.MultiService) -> None:
    with pytest.raises(RuntimeError, match=r"^cannot change name when parent exists$"):
        parent.getServiceNamed("a").setName("c")


def test_a_child_moves_to_another_parent(parent: service.MultiService) -> None:
    child, other = parent.getServiceNamed("a"), service.MultiService()
    child.setServiceParent(other)
    assert [each.name for each in parent] == ["b"]
    assert list(other) == [child]


def test_what_is_no_collection_is_refused_as_parent() -> None:
    with pytest.raises(TypeError, match="Could not adapt"):
        service.Service().setServiceParent(object())


def test_stopping_waits_for_the_slowest_and_logs_failures(
    notes: list[str], flush_logged_errors: Flush
) -> None:
    class Slow(Noted):
        stopped: Deferred[None]

        def stopService(self) -> Deferred[None]:
            self.stopped = Deferred()
            return self.stopped

    class Failing(Noted):
        def stopService(self) -> Deferred[None]:
            return fail(LookupError("no"))

    parent = service.MultiService()
    slow, failing = Slow("slow", notes), Failing("failing", notes)
    for each in (slow, failing):
        each.setServiceParent(parent)
    parent.startService()
    stopping = parent.stopService()
    assert not stopping.called
    slow.stopped.callback(None)
    assert stopping.called
    [(failed_well, failure), (slow_well, _)] = stopping.result
    assert (failed_well, failure.type, slow_well) == (False, LookupError, True)
    del stopping, failure
    gc.collect()
    assert [logged.type for logged in flush_logged_errors()] == [LookupError]


def test_a_pickled_service_does_not_run(notes: list[str]) -> None:
    original = service.MultiService()
    original.setName("x")
    original.startService()
    copy = pickle.loads(pickle.dumps(original))
    assert (copy.running, copy.name) == (0, "x")


class TestApplications:
    def test_it_can_be_adapted_to_all_its_parts(self) -> None:
        application = service.Application("web", 1, 2)
        root: Any = service.IService(application)  # type: ignore[call-arg, misc]
        process: Any = service.IProcess(application)  # type: ignore[call-arg, misc]
        assert root is service.IServiceCollection(application)  # type: ignore[call-arg, misc]
        assert (root.name, root.parent, process.uid, process.gid) == ("web", None, 1, 2)
        verifyObject(service.IService, root)
        verifyObject(service.IServiceCollection, root)
        verifyObject(service.IProcess, process)

    def test_a_service_takes_an_application_for_parent(self) -> None:
        application = service.Application("web")
        child = service.Service()
        child.setServiceParent(application)
        assert list(service.IServiceCollection(application)) == [child]  # type: ignore[call-arg, misc, call-overload]

    def test_it_is_loaded_from_a_python_file(self, tmp_path: Any) -> None:
        path = tmp_path / "web.tac"
        path.write_text(
            "from txloop.application import service\napplication = service.Application(__file__)\n"
        )
        application = service.loadApplication(str(path), "python")
        root: Any = service.IService(application)  # type: ignore[call-arg, misc]
        assert root.name == str(path)

    def test_a_file_without_one_is_a_key_error(self, tmp_path: Any) -> None:
        path = tmp_path / "web.tac"
        path.write_text("x = 1\n")
        with pytest.raises(KeyError, match="application"):
            service.loadApplication(str(path), "python")

    def test_it_is_saved_and_loaded_again(self, tmp_path: Any) -> None:
        path = str(tmp_path / "web.tap")
        persistable: Any = sob.IPersistable(service.Application("web", 1))  # type: ignore[call-arg, misc]
        persistable.save(filename=path)
        application = service.loadApplication(path, "pickle")
        process: Any = service.IProcess(application)  # type: ignore[call-arg, misc]
        assert process.uid == 1


def test_a_service_maker_loads_its_module_when_it_is_used() -> None:
    maker = service.ServiceMaker("name", "txloop.python.usage", "text", "tap")
    assert (maker.name, maker.description, maker.tapname) == ("name", "text", "tap")
    assert maker.options.__name__ == "Options"
    with pytest.raises(AttributeError):
        _ = maker.makeService
