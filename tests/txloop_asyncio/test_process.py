"""Child processes: real ones, on both loops."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from txloop import AsyncioReactor
from txloop.internet import error, interfaces, process, protocol, reactor
from txloop.internet.defer import Deferred

Flush = Callable[..., list[Any]]

SHELL = "/bin/sh"


class Recorder(protocol.ProcessProtocol):
    """Notes what happens, in order; `ended` fires with the reason."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.data: dict[int, bytes] = {}
        self.waiting: list[Deferred[Any]] = []
        self.reason: Any = None

    def connectionMade(self) -> None:
        self.seen.append("made")

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        self.data[childFD] = self.data.get(childFD, b"") + data

    def childConnectionLost(self, childFD: int) -> None:
        self.seen.append(childFD)

    def processExited(self, reason: Any) -> None:
        self.seen.append("exited")

    def processEnded(self, reason: Any) -> None:
        self.seen.append("ended")
        self.reason = reason.value
        for waiting in self.waiting:
            waiting.callback(reason.value)

    async def ended(self) -> Any:
        if self.reason is None:
            self.waiting.append(Deferred())
            async with asyncio.timeout(20):
                await self.waiting[-1]
        return self.reason

    async def until(self, text: bytes, childFD: int = 1) -> None:
        async with asyncio.timeout(20):
            while text not in self.data.get(childFD, b""):
                await asyncio.sleep(0.001)


def spawn(command: str, **options: Any) -> tuple[Recorder, Any]:
    recorder = Recorder()
    options.setdefault("env", None)
    return recorder, reactor.spawnProcess(recorder, SHELL, ["sh", "-c", command], **options)


class TestLife:
    @pytest.mark.asyncio
    async def test_it_runs_when_spawn_process_returns(self) -> None:
        recorder, child = spawn("cat")
        assert recorder.seen == ["made"]
        assert isinstance(child, process.Process)
        assert interfaces.IProcessTransport.providedBy(child)
        assert os.waitpid(child.pid, os.WNOHANG) == (0, 0)
        assert repr(child) == f"<Process pid={child.pid} status=-1>"
        assert process.reapProcessHandlers[child.pid] is child
        child.closeStdin()
        await recorder.ended()
        assert process.reapProcessHandlers.get(child.pid) is None

    @pytest.mark.asyncio
    async def test_nothing_is_told_before_spawn_process_has_returned(self) -> None:
        recorder, child = spawn("exit 0")
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert recorder.seen == ["made"]
        await recorder.ended()

    @pytest.mark.asyncio
    async def test_its_output_comes_and_exited_comes_before_ended(self) -> None:
        recorder, child = spawn("read x; echo out $x; echo err >&2; exit 3")
        child.write(b"in\n")
        reason = await recorder.ended()
        assert recorder.data == {1: b"out in\n", 2: b"err\n"}
        assert isinstance(reason, error.ProcessTerminated)
        assert (reason.exitCode, reason.signal, reason.status) == (3, None, 3 << 8)
        assert recorder.seen.index("exited") < recorder.seen.index("ended") == len(recorder.seen) - 1
        assert sorted(each for each in recorder.seen if isinstance(each, int)) == [0, 1, 2]
        assert (child.pid, child.status) == (None, 3 << 8)

    @pytest.mark.asyncio
    async def test_exit_code_zero_is_process_done(self) -> None:
        recorder, _ = spawn("exit 0")
        reason = await recorder.ended()
        assert isinstance(reason, error.ProcessDone)
        assert (reason.exitCode, reason.signal, reason.status) == (0, None, 0)

    @pytest.mark.asyncio
    @pytest.mark.parametrize("name", ["KILL", "TERM", signal.SIGINT])
    async def test_a_signal_ends_it_and_later_ones_are_refused(self, name: Any) -> None:
        recorder, child = spawn("exec sleep 20")
        child.signalProcess(name)
        reason = await recorder.ended()
        number = name if isinstance(name, int) else getattr(signal, f"SIG{name}")
        assert (reason.exitCode, reason.signal, reason.status) == (None, number, number)
        with pytest.raises(error.ProcessExitedAlready):
            child.signalProcess("KILL")

    @pytest.mark.asyncio
    async def test_one_that_closes_its_descriptors_early_is_still_reaped(self) -> None:
        recorder, child = spawn("exec 0<&- 1>&- 2>&-; sleep 0.05; exit 7")
        pid = child.pid
        assert (await recorder.ended()).exitCode == 7
        assert recorder.seen[-2:] == ["exited", "ended"]
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)

    @pytest.mark.asyncio
    async def test_ended_waits_for_a_pipe_that_a_grandchild_holds(self) -> None:
        recorder, _ = spawn("(sleep 0.1; echo late) & exit 0")
        await recorder.ended()
        assert recorder.data == {1: b"late\n"}
        assert recorder.seen.index("exited") < recorder.seen.index(1)

    @pytest.mark.asyncio
    async def test_what_the_protocol_raises_is_logged_and_the_rest_is_told(
        self, flush_logged_errors: Flush
    ) -> None:
        class Broken(Recorder):
            def processExited(self, reason: Any) -> None:
                super().processExited(reason)
                raise ValueError("bug")

            def childConnectionLost(self, childFD: int) -> None:
                super().childConnectionLost(childFD)
                raise KeyError("bug")

        broken = Broken()
        reactor.spawnProcess(broken, SHELL, ["sh", "-c", "exit 0"])
        await broken.ended()
        logged = [failure.type for failure in flush_logged_errors()]
        assert sorted(each.__name__ for each in logged) == ["KeyError"] * 3 + ["ValueError"]

    @pytest.mark.asyncio
    async def test_a_status_that_somebody_else_took_still_ends_it(self) -> None:
        recorder, child = spawn("exec sleep 20")
        child.signalProcess("KILL")
        os.waitpid(child.pid, 0)
        assert (await recorder.ended()).exitCode == 255


class TestWhatItIsGiven:
    @pytest.mark.asyncio
    async def test_the_environment_is_empty_by_default_ours_on_none_or_the_one_given(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OF_OURS", "yes")
        for env, expected in (
            ({}, b"/"),
            (None, b"yes/"),
            ({"OF_OURS": "é", b"B": b"\xff"}, b"\xc3\xa9/\xff"),
        ):
            recorder, _ = spawn("printf %s/%s $OF_OURS $B", env=env)
            await recorder.ended()
            assert recorder.data[1] == expected

    @pytest.mark.asyncio
    async def test_the_directory(self, tmp_path: Path) -> None:
        for path in (str(tmp_path), os.fsencode(tmp_path)):
            recorder, _ = spawn("pwd; read x; echo $x >&2", path=path)
            recorder.transport.write(b"in\n")  # type: ignore[union-attr]
            await recorder.ended()
            assert recorder.data == {1: os.fsencode(tmp_path.resolve()) + b"\n", 2: b"in\n"}

    @pytest.mark.asyncio
    async def test_descriptors_are_mapped_and_no_other_is_inherited(self, tmp_path: Path) -> None:
        leaked, _ = os.pipe()
        os.set_inheritable(leaked, True)
        with (tmp_path / "file").open("w+b") as file:
            recorder, child = spawn(
                "cat <&3 >&4; echo to the file >&5; ls -l /proc/self/fd >&4 2>&-",
                childFDs={3: "w", 4: "r", 5: file.fileno(), leaked + 40: file.fileno()},
            )
            child.writeToChild(3, b"through\n")
            child.closeChildFD(3)
            await recorder.ended()
            file.seek(0)
            assert file.read() == b"to the file\n"
        os.close(leaked)
        os.close(_)
        assert recorder.data[4].startswith(b"through\n")
        assert 1 not in recorder.data

    @pytest.mark.asyncio
    async def test_only_the_mapped_descriptors_are_open_in_it(self) -> None:
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        script = (
            "import os\n"
            "def is_open(n):\n"
            "    try: os.fstat(n)\n"
            "    except OSError: return False\n"
            "    return True\n"
            "print([n for n in range(64) if is_open(n)])\n"
        )
        recorder = Recorder()
        arguments = [sys.executable, "-I", "-S", "-c", script]
        reactor.spawnProcess(
            recorder, sys.executable, arguments, env=None, childFDs={0: "w", 1: "r", 2: 2, 9: "r"}
        )
        await recorder.ended()
        os.close(reading)
        os.close(writing)
        assert recorder.data[1] == b"[0, 1, 2, 9]\n"

    @pytest.mark.asyncio
    async def test_two_descriptors_may_be_exchanged(self) -> None:
        first_reading, first = os.pipe()
        second_reading, second = os.pipe()
        script = f"import os; os.write({second}, b'first'); os.write({first}, b'second')"
        recorder = Recorder()
        arguments = [sys.executable, "-I", "-S", "-c", script]
        exchanged = {first: second, second: first}
        reactor.spawnProcess(recorder, sys.executable, arguments, env=None, childFDs=exchanged)
        await recorder.ended()
        os.close(first)
        os.close(second)
        assert (os.read(first_reading, 100), os.read(second_reading, 100)) == (b"first", b"second")
        os.close(first_reading)
        os.close(second_reading)

    @pytest.mark.asyncio
    async def test_a_directory_together_with_further_descriptors(self, tmp_path: Path) -> None:
        recorder, _ = spawn(
            "pwd >&3; echo ${LC_CTYPE-none} >&3", path=str(tmp_path), env={}, childFDs={3: "r"}
        )
        await recorder.ended()
        assert recorder.data == {3: os.fsencode(tmp_path.resolve()) + b"\nnone\n"}

    @pytest.mark.asyncio
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
    @pytest.mark.parametrize("fds", [None, {0: "w", 1: "r", 2: "r", 3: "r"}])
    async def test_user_and_group(self, fds: Any) -> None:
        recorder, _ = spawn("id -u; id -g; id -G", uid=1, gid=1, childFDs=fds)
        await recorder.ended()
        assert recorder.data[1].split()[:2] == [b"1", b"1"]
        assert b"0" not in recorder.data[1].split()

    @pytest.mark.asyncio
    async def test_signals_that_we_ignore_work_in_it(self) -> None:
        before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        try:
            for path in (None, "/"):
                recorder, _ = spawn("kill -USR1 $$; exit 1", path=path)
                assert (await recorder.ended()).signal == signal.SIGUSR1
        finally:
            signal.signal(signal.SIGUSR1, before)


class TestRefusals:
    @pytest.mark.asyncio
    async def test_what_cannot_run_is_raised_and_leaves_nothing_open(self, tmp_path: Path) -> None:
        before = sorted(os.listdir("/proc/self/fd"))
        children_of_others = dict(process.reapProcessHandlers)
        plain = tmp_path / "plain"
        plain.touch(mode=0o600)
        for executable, options, expected in (
            ("/nonexistent", {}, FileNotFoundError),
            (str(plain), {}, PermissionError),
            (SHELL, {"path": "/nonexistent"}, FileNotFoundError),
            ("/nonexistent", {"usePTY": True}, FileNotFoundError),
            (SHELL, {"childFDs": {0: "w", 1: "x"}}, AssertionError),
        ):
            recorder = Recorder()
            with pytest.raises(expected) as refused:
                reactor.spawnProcess(recorder, executable, ["x"], **options)  # type: ignore[arg-type]
            assert recorder.seen == []
            if isinstance(refused.value, OSError):  # the text names what it is about
                assert str(options.get("path", executable)) in str(refused.value)
        assert sorted(os.listdir("/proc/self/fd")) == before
        assert process.reapProcessHandlers.items() <= children_of_others.items()

    @pytest.mark.asyncio
    async def test_a_directory_that_is_not_there_is_said_on_its_standard_error(self) -> None:
        recorder, _ = spawn("echo never", path="/nonexistent", childFDs={2: "r"})
        assert (await recorder.ended()).exitCode == 1
        assert b"No such file or directory: '/nonexistent'" in recorder.data[2]

    @pytest.mark.asyncio
    async def test_arguments_of_the_wrong_kind_are_refused(self) -> None:
        for args, expected in ((["a\0b"], ValueError), ("ab", TypeError), ([1], TypeError)):
            with pytest.raises(expected):
                reactor.spawnProcess(Recorder(), SHELL, args)
        with pytest.raises(ValueError, match="usePTY"):
            reactor.spawnProcess(Recorder(), SHELL, ["sh"], usePTY=True, childFDs={0: "w"})

    @pytest.mark.asyncio
    async def test_writing_where_nothing_can_be_written(self) -> None:
        recorder, child = spawn("cat", childFDs={0: "w", 1: "r"})
        with pytest.raises(TypeError, match="Data must be bytes"):
            child.write("text")
        with pytest.raises(KeyError):
            child.writeToChild(9, b"x")
        child.writeToChild(1, b"x")  # ours reads there: nothing
        child.closeChildFD(9)
        for call in (child.getHost, child.getPeer):
            with pytest.raises(NotImplementedError):
                call()
        child.loseConnection()
        await recorder.ended()
        child.write(b"after the end")
        assert recorder.data == {}

    @pytest.mark.asyncio
    async def test_what_is_written_to_a_child_whose_descriptor_0_we_read_is_dropped(self) -> None:
        """It has no standard input: as for a child without any, nothing is raised, a producer is stopped.

        Source: Twisted 26.10, by running it (it keeps the producer, and never asks it).
        """
        recorder, child = spawn("echo answer >&0", childFDs={0: "r"})
        child.write(b"lost")
        child.writeSequence([b"lost"])
        producer = Producer(child, 1)
        child.registerProducer(producer, True)
        assert producer.stopped
        child.unregisterProducer()
        await recorder.ended()
        assert recorder.data == {0: b"answer\n"}


class Producer:
    """Writes pieces, as a push or a pull producer, noting how often it was paused."""

    def __init__(self, child: Any, pieces: int) -> None:
        self.child, self.left = child, pieces
        self.paused = self.stopped = False
        self.pauses = 0

    def resumeProducing(self) -> None:
        self.paused = False
        self.push()

    def pull(self) -> None:
        self.left -= 1
        self.child.write(b"x" * 10_000)
        if not self.left:
            self.child.unregisterProducer()
            self.child.closeStdin()

    def push(self) -> None:
        while self.left and not self.paused:
            self.pull()

    def pauseProducing(self) -> None:
        self.paused = True
        self.pauses += 1

    def stopProducing(self) -> None:
        self.stopped = True


class TestPipes:
    @pytest.mark.asyncio
    async def test_much_goes_through_whole(self) -> None:
        recorder, child = spawn("cat")
        data = os.urandom(1_000_000)
        child.write(data)
        child.writeSequence([b"1", b"2"])
        child.closeStdin()
        child.write(b"3")  # the queue is not empty yet: it still leaves
        await recorder.ended()
        assert recorder.data[1] == data + b"123"

    @pytest.mark.asyncio
    async def test_a_push_producer_is_paused_while_the_child_does_not_read(self) -> None:
        recorder, child = spawn("sleep 0.05; wc -c")
        producer = Producer(child, 100)
        child.registerProducer(producer, True)
        with pytest.raises(RuntimeError):
            child.registerProducer(producer, True)
        producer.push()
        assert producer.paused
        await recorder.ended()
        assert recorder.data[1].strip() == b"1000000"
        assert producer.pauses > 5

    @pytest.mark.asyncio
    async def test_a_pull_producer_is_asked_whenever_all_has_left(self) -> None:
        recorder, child = spawn("wc -c")
        producer = Producer(child, 30)
        producer.resumeProducing = producer.pull  # type: ignore[method-assign]
        child.registerProducer(producer, False)
        await recorder.ended()
        assert recorder.data[1].strip() == b"300000"

    @pytest.mark.asyncio
    async def test_a_producer_for_a_closed_standard_input_is_stopped(self) -> None:
        recorder, child = spawn("exec 0<&-; sleep 0.2")
        producer = Producer(child, 1)
        child.registerProducer(producer, True)
        await recorder.ended()
        assert producer.stopped
        again = Producer(child, 1)
        child.registerProducer(again, True)
        assert again.stopped

    @pytest.mark.asyncio
    async def test_a_child_that_closes_its_input_is_noticed_without_a_write(self) -> None:
        recorder, child = spawn("exec 0<&-; read x <&3", childFDs={0: "w", 3: "w"})
        async with asyncio.timeout(20):
            while 0 not in recorder.seen:
                await asyncio.sleep(0.001)
        assert "exited" not in recorder.seen
        child.writeToChild(3, b"go on\n")
        await recorder.ended()

    @pytest.mark.asyncio
    async def test_paused_means_silent(self) -> None:
        recorder, child = spawn("echo one; sleep 0.01; echo two")
        child.pauseProducing()
        await asyncio.sleep(0.05)
        assert recorder.data == {}
        child.resumeProducing()
        await recorder.ended()
        assert recorder.data == {1: b"one\ntwo\n"}

    @pytest.mark.asyncio
    async def test_closing_standard_output_breaks_its_pipe(self) -> None:
        recorder, child = spawn("read x; while echo more; do :; done")
        child.closeStdout()
        child.write(b"go\n")
        await recorder.ended()
        assert 1 in recorder.seen


class TestTerminals:
    @pytest.mark.asyncio
    async def test_it_has_a_controlling_terminal_and_everything_is_output(self) -> None:
        recorder, child = spawn(
            "tty; echo err >&2; echo ctl >/dev/tty; read x; echo got $x; exit 2", usePTY=True
        )
        assert isinstance(child, process.PTYProcess)
        child.write(b"in\n")
        reason = await recorder.ended()
        assert reason.exitCode == 2
        assert set(recorder.data) == {1}
        text = recorder.data[1]
        assert text.startswith((b"/dev/", b"in\r\n/dev/"))
        for expected in (b"err\r\n", b"ctl\r\n", b"got in\r\n"):
            assert expected in text

    @pytest.mark.asyncio
    async def test_losing_the_connection_hangs_it_up(self) -> None:
        recorder, child = spawn("echo ready; exec cat", usePTY=True)
        await recorder.until(b"ready")
        child.loseConnection()
        assert (await recorder.ended()).signal == signal.SIGHUP

    @pytest.mark.asyncio
    async def test_it_is_one_descriptor(self) -> None:
        recorder, child = spawn("read x", usePTY=True)
        for call in (lambda: child.writeToChild(0, b"x"), lambda: child.closeChildFD(0)):
            with pytest.raises(NotImplementedError):
                call()
        child.closeStdin()
        child.writeSequence([b"go", b"\n"])
        await recorder.ended()
        assert child.fileno() == -1

    @pytest.mark.asyncio
    async def test_a_directory_and_a_terminal_of_the_programs(self, tmp_path: Path) -> None:
        master, slave = os.openpty()
        name = os.ttyname(slave)
        recorder, _ = spawn("pwd; tty", usePTY=(master, slave, name), path=str(tmp_path))
        await recorder.until(name.encode() + b"\r\n")
        os.close(slave)
        await recorder.ended()
        assert recorder.data[1].startswith(os.fsencode(tmp_path.resolve()))


class TestBesideOthers:
    @pytest.mark.asyncio
    async def test_no_signal_handler_is_ours(self) -> None:
        before = signal.getsignal(signal.SIGCHLD)
        recorder, _ = spawn("exit 0")
        assert signal.getsignal(signal.SIGCHLD) == before
        await recorder.ended()

    @pytest.mark.asyncio
    async def test_asyncios_and_subprocess_children_are_their_own(self) -> None:
        recorder, _ = spawn("exit 4")
        others = await asyncio.create_subprocess_exec(SHELL, "-c", "exit 5")
        plain = subprocess.Popen([SHELL, "-c", "exit 6"])
        again, _ = spawn("exit 7", path="/")
        assert await others.wait() == 5
        assert (await recorder.ended()).exitCode == 4
        assert (await again.ended()).exitCode == 7
        assert plain.wait() == 6
        gc.collect()  # a Popen of ours would complain here

    @pytest.mark.asyncio
    async def test_many_at_once(self) -> None:
        recorders = [spawn(f"exit {number % 5}")[0] for number in range(40)]
        assert [(await each.ended()).exitCode for each in recorders] == [n % 5 for n in range(40)]

    def test_in_a_loop_in_a_thread(self, new_loop: Any) -> None:
        seen: list[Any] = []

        async def main() -> None:
            recorder, _ = spawn("echo hi; exit 9")
            seen.append((await recorder.ended()).exitCode)

        def work() -> None:
            loop = new_loop()
            loop.run_until_complete(main())
            loop.run_until_complete(loop.shutdown_asyncgens())

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert seen == [9]

    @pytest.mark.asyncio
    async def test_without_pidfds_a_thread_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(os, "pidfd_open")
        recorder, _ = spawn("sleep 0.02; exit 4")
        assert any(each.name.startswith("txloop-wait-") for each in threading.enumerate())
        assert (await recorder.ended()).exitCode == 4

    def test_one_started_before_the_loop_runs(self, loop_name: str) -> None:
        own = AsyncioReactor()
        recorder = Recorder()
        recorder.waiting.append(Deferred())
        recorder.waiting[0].addCallback(lambda _: own.stop())
        own.spawnProcess(recorder, SHELL, ["sh", "-c", "cat; exit 8"]).closeStdin()
        own.run()
        assert recorder.reason.exitCode == 8

    def test_the_reactors_end_closes_the_pipes_and_leaves_the_child(self, loop_name: str) -> None:
        own = AsyncioReactor()
        recorder = Recorder()
        kept, go_on = os.pipe()
        child = own.spawnProcess(
            recorder, SHELL, ["sh", "-c", "read x <&3; exit 8"], childFDs={0: "w", 1: "r", 2: "r", 3: kept}
        )
        own.callWhenRunning(own.stop)
        own.run()
        assert sorted(recorder.seen[1:]) == [0, 1, 2]
        os.write(go_on, b"go on\n")
        os.close(go_on)
        os.close(kept)
        while child.pid is not None:
            process.reapAllProcesses()
        assert recorder.reason.exitCode == 8

    @pytest.mark.asyncio
    async def test_all_descriptors_are_closed_afterwards(self) -> None:
        recorder, _ = spawn("exit 0")
        await recorder.ended()
        before = len(os.listdir("/proc/self/fd"))
        for options in ({}, {"usePTY": True}, {"path": "/"}):
            recorder, _ = spawn("exit 0", **options)
            await recorder.ended()
        assert len(os.listdir("/proc/self/fd")) == before


def test_the_list_of_children_refuses_one_twice_and_one_unknown() -> None:
    class Child:
        pid = os.getpid()

    with pytest.raises(RuntimeError, match="not registered"):
        process.unregisterReapProcessHandler(1, Child())


def test_the_door_loads_no_event_loop() -> None:
    from support import python

    done = python("-c", "import sys, txloop.internet.process; print('asyncio' in sys.modules)")
    assert done.stdout == "False\n", done.stderr
