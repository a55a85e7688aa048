"""What must happen on a pair of connected stream transports: a slow and simple model.

A turn is the calls one end makes in one callback, and all that follows until nothing happens any more.
At rest everything written has arrived, or waits for a paused end; so the model needs no
buffers, only a count of what waits, and whether that is so much that its writer is clogged: the kernel took a
part, and the rest, its producer and its close wait.

It predicts, for each end and turn, the bytes that come, what the producer is told and what
else happens.  `ANY` where TCP itself does not say: an end that has not noticed yet that its peer is gone may
learn so at its next write, or its next read.

`murky` says from when on Twisted need not do the same, and why: the rest of a script is then
held against the model only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reliability.stream_player import Call, Seen

ANY: Any = ...

# Told above so many bytes; see txloop/_write_gate.py.
PAUSED_ABOVE_BYTES = 64 * 1024
# See txloop_asyncio/_streams/stream.py.
LEAVES_AT_ONCE_BYTES = 64 * 1024
PULLED_PIECES = 3
PULLED_BYTES = 1000
# So much fits into the kernel's buffers for sure, and so much does not.  Between these nobody knows.
FITS_BYTES = 50_000
CLOGS_BYTES = 700_000

DONE = "lost: ConnectionDone"
CUT = "lost: ConnectionLost"
ABORTED = "lost: ConnectionAborted"


@dataclass
class ModelEnd:
    """One end.  `waiting` bytes have come while it was paused; `fin` that the peer's end has too."""

    half_closeable: bool
    is_open: bool = True
    closing: bool = False
    aborting: bool = False
    paused: bool = False
    read_ended: bool = False
    write_ended: bool = False
    end_of_writing_asked: bool = False
    waiting: int = 0
    fin: str = ""  # "", or how the peer has ended: DONE or CUT
    peer_is_gone: bool = False
    producer: str = ""  # "", "push", "pull"
    pieces_left: int = 0
    unknown: bool = False  # it has written to a peer that is gone: learns so now, or later
    close_waits: bool = False  # for a producer that was paused and has not unregistered
    clogged: bool = False  # more was written than fits, and the peer does not read
    was_clogged: bool = False
    may_reset: bool = False  # bytes have come while it was closing
    dropped_large: bool = False  # aborted with a large write, of which some may have left
    paused_producer: bool = False  # since it is clogged
    # Of the turn:
    looks_again: bool = False  # something was called that looks whether all has left
    accepted: int = 0
    data: Any = 0
    told: Any = field(default_factory=list)
    events: Any = field(default_factory=list)

    def begin_turn(self) -> None:
        self.looks_again = False
        self.accepted, self.data, self.told, self.events = 0, 0, [], []

    def seen(self) -> Seen:
        if self.unknown:
            return {"data": ANY, "producer": ANY, "events": ANY}
        return {"data": self.data, "producer": self.told, "events": self.events}

    def reads(self, kind: str) -> bool:
        return not self.paused and not self.read_ended and (not self.closing or kind == "tls")

    def lose(self, how: str) -> None:
        if not self.is_open:
            return
        self.is_open = False
        if self.producer == "pull":
            self.told = ANY  # how far it came is a race
        elif self.producer and self.told is not ANY:
            self.told.append("stop")
        self.producer = ""
        self.events.append(how)


class Model:
    """Two ends.

    Args:
        kind: "memory", "tcp", "unix", "tls", or "starttls": TCP that becomes TLS.
        half_closeable: Both protocols want to be told of half-closes.
    """

    def __init__(self, kind: str, half_closeable: bool) -> None:
        self.kind = "tcp" if kind == "starttls" else kind
        self.ends = [ModelEnd(half_closeable), ModelEnd(half_closeable)]
        self.became_tls = False
        self.murky = ""

    def play_turn(self, number: int, calls: list[Call]) -> list[Seen]:
        """What each end sees of it."""
        actor, peer = self.ends[number], self.ends[1 - number]
        for end in self.ends:
            end.begin_turn()
        if actor.is_open and actor.peer_is_gone:
            self.murky = "both directions ended: what epoll says of that depends on who watches"
        for what, argument in calls:
            getattr(self, f"_{what}")(actor, argument)
        if self.kind == "memory":
            self._settle_memory(actor, peer)
        else:
            self._settle(actor, peer)
        return [end.seen() for end in self.ends]

    def is_untouched(self) -> bool:
        """Both are open, read and write, and nothing waits."""
        return not any(
            end.paused or end.closing or end.aborting or end.read_ended or end.write_ended or end.producer
            or end.end_of_writing_asked or end.clogged or end.unknown or not end.is_open
            for end in self.ends
        )  # fmt: skip

    def paused_and_full(self) -> int | None:
        """The end that does not read though its peer is clogged; None if there is none."""
        for number, end in enumerate(self.ends):
            if end.paused and end.is_open and self.ends[1 - number].clogged:
                return number
        return None

    # ---- the calls ----------------------------------------------------------------------

    def _takes_writes(self, end: ModelEnd) -> bool:
        if self.kind == "tls" and end.closing and not end.producer:
            return False  # close_notify has been sent
        return end.is_open and not end.aborting and not end.write_ended

    def _write(self, end: ModelEnd, count: int) -> None:
        if end.aborting and end.producer:
            self.murky = "written after abortConnection: Twisted still pauses the producer"
        if not self._takes_writes(end):
            return
        end.accepted += count
        end.looks_again = True
        is_too_much = end.producer == "push" and (end.clogged or end.accepted > PAUSED_ABOVE_BYTES)
        if is_too_much and "pause" not in end.told and self.kind != "memory" and not end.paused_producer:
            end.told.append("pause")
            end.paused_producer = end.clogged

    def _write_sequence(self, end: ModelEnd, counts: list[int]) -> None:
        if self.kind == "tls":
            self._write(end, sum(counts))
            return
        for count in counts:
            self._write(end, count)

    def _start_tls(self, end: ModelEnd, _: Any) -> None:
        self.kind, self.became_tls = "tls", True

    def _pause(self, end: ModelEnd, _: Any) -> None:
        if end.is_open and (not end.closing or self.kind == "tls"):
            end.paused = True

    def _resume(self, end: ModelEnd, _: Any) -> None:
        if end.read_ended:
            self.murky = (
                "resumed after its end of reading: Twisted reads the end once more and tells it again"
            )
        end.paused = False

    def _register(self, end: ModelEnd, kind: str) -> None:
        if not end.is_open and self.kind != "memory":
            end.told.append("stop")
            if self.became_tls:
                self.murky = "a producer after the end of what became TLS: Twisted raises AttributeError"
        elif self.kind == "tls" and (end.aborting or (end.closing and not end.producer)):
            end.told.append("stop")  # nothing can be sent any more
            self.murky = "a producer after TLS's close: Twisted takes it, and stops it at the end"
        elif end.producer:
            end.events.append("register refused")
        else:
            if end.write_ended or end.end_of_writing_asked:
                self.murky = "a producer after loseWriteConnection: Twisted breaks the connection"
            end.producer = kind
            end.pieces_left = PULLED_PIECES
            if self.kind == "tls" and end.accepted > PAUSED_ABOVE_BYTES and not end.clogged:
                self.murky = "too much already when the producer came: when it is paused is chance"
                end.unknown = True
            if end.aborting:
                self.murky = "aborted with a producer: Twisted's TLS tells an error of OpenSSL's"
            if kind == "pull" and self.kind != "tls":  # TLS asks a turn later
                self._pull(end)

    def _unregister(self, end: ModelEnd, _: Any) -> None:
        if end.paused_producer:
            self.murky = "unregistered while paused: Twisted resumes the next producer first"
            end.paused_producer = False
        if self.kind == "memory" and not end.producer:
            self.murky = "unregistered without a producer: Twisted's loopback asserts one"
        if "pause" in end.told:
            self.murky = "unregistered while paused: Twisted resumes the next producer first"
        end.producer = ""
        end.looks_again = True

    def _half_close(self, end: ModelEnd, _: Any) -> None:
        if end.closing and end.producer:
            self.murky = "loseWriteConnection while a close waits: Twisted's stops waiting"
        if end.write_ended or end.read_ended or end.end_of_writing_asked:
            self.murky = "both directions ended: what epoll says of that depends on who watches"
        if end.is_open and not end.closing and not end.aborting and not end.write_ended:
            end.end_of_writing_asked = end.looks_again = True

    def _lose(self, end: ModelEnd, _: Any) -> None:
        if end.is_open and not end.aborting:
            if self.kind == "memory" and end.closing:
                end.aborting = True  # the first mark of the end that is met ends it
            if self.kind == "tls" and end.producer:
                self.murky = "TLS lost with a producer: Twisted drops what that one still writes"
            end.looks_again |= not end.closing
            end.closing = True

    def _abort(self, end: ModelEnd, _: Any) -> None:
        if self.kind == "memory":
            self._lose(end, _)
        elif end.is_open and not (end.closing and end.write_ended):  # that close is on its way
            if self.kind == "tls" and (end.closing or end.producer):
                self.murky = "aborted with a producer: Twisted's TLS tells an error of OpenSSL's"
            if end.accepted >= LEAVES_AT_ONCE_BYTES:
                end.dropped_large = True
                self.murky = "a large write leaves at once: how much abortConnection drops of it is chance"
            end.aborting, end.accepted = True, 0

    def _pull(self, end: ModelEnd) -> None:
        end.told.append("resume")
        if end.pieces_left:
            end.pieces_left -= 1
            self._write(end, PULLED_BYTES)
            if not end.pieces_left:
                end.producer = ""

    # ---- what follows -----------------------------------------------------------------------

    def _settle(self, actor: ModelEnd, peer: ModelEnd) -> None:
        if not actor.is_open:
            return
        if actor.aborting:
            if actor.dropped_large:
                peer.data = ANY
            self._end(actor, peer, CUT if self.kind == "tls" else ABORTED)
            return
        if self.kind == "unix" and actor.accepted and actor.peer_is_gone:
            actor.unknown = True  # EPIPE, or the end of reading: whichever is met first
        self._read(actor, peer)
        if not actor.is_open:
            if actor.accepted:
                peer.unknown = True
                self.murky = "written by an end that learns in the same turn that its peer has ended"
            return
        self._clog(actor, peer)
        if actor.clogged and actor.producer == "pull" and self.kind == "tls":
            actor.unknown = peer.unknown = True
            self.murky = "TLS asks a pull producer on until it has 64 KiB of its own, if it came late"
        while actor.producer == "pull" and actor.pieces_left and not actor.write_ended and not actor.clogged:
            self._pull(actor)
        wrote = actor.accepted
        if wrote and actor.peer_is_gone:
            actor.unknown = True
            self.murky = "written to a peer that is gone"
            return
        if "pause" in actor.told and actor.producer and not actor.clogged:
            actor.told.append("resume")
        self._arrive(peer, wrote)
        if not actor.clogged:
            self._after_drain(actor, peer)

    def _clog(self, actor: ModelEnd, peer: ModelEnd) -> None:
        """Too much was written to an end that does not read."""
        if not peer.is_open or peer.reads(self.kind):
            return
        if actor.accepted > FITS_BYTES and peer.closing:
            actor.unknown = peer.unknown = True  # an end that closes reads or does not
        elif actor.accepted >= CLOGS_BYTES:
            actor.clogged = True
            actor.paused_producer |= "pause" in actor.told and bool(actor.producer)
        elif actor.accepted + peer.waiting > FITS_BYTES and not actor.clogged:
            actor.unknown = peer.unknown = True

    def _unclog(self, end: ModelEnd, peer: ModelEnd) -> None:
        """The peer reads again, and all that waited has left."""
        end.clogged, end.was_clogged = False, True
        if peer.end_of_writing_asked:
            end.unknown = peer.unknown = True
            self.murky = "an end that resumes and ends its side at once: which is met first, is chance"
        if end.paused_producer and end.producer == "push":
            end.told.append("resume")
        end.paused_producer = False
        while end.producer == "pull" and end.pieces_left and not end.write_ended:
            self._pull(end)
        self._arrive(peer, end.accepted)
        self._after_drain(end, peer)

    def _after_drain(self, actor: ModelEnd, peer: ModelEnd) -> None:
        resumed = "resume" in actor.told or (actor.close_waits and not actor.looks_again)
        asked = actor.closing or actor.end_of_writing_asked
        actor.close_waits = bool(actor.producer) and resumed and asked
        if actor.closing:
            waits = (
                actor.producer
                and not actor.write_ended
                and (resumed or actor.producer == "pull" or self.kind == "tls")
            )
            if not waits and self.kind == "tls" and (actor.paused or peer.paused):
                actor.unknown = peer.unknown = True
                self.murky = "a TLS close waits for the peer's, which a paused end does not read"
            elif not waits:
                self._end(actor, peer, DONE)
        elif actor.end_of_writing_asked and not (actor.producer and resumed):
            actor.end_of_writing_asked = False
            actor.write_ended = True
            if actor.half_closeable:
                actor.events.append("write lost")
            self._fin(peer, actor, DONE)

    def _end(self, actor: ModelEnd, peer: ModelEnd, how: str) -> None:
        unread = actor.waiting
        if unread and (actor.accepted > FITS_BYTES or actor.was_clogged) and self.kind != "unix":
            actor.unknown = peer.unknown = True
            self.murky = "closed with bytes unread: the kernel drops what is on its way, and says so"
        if actor.may_reset and self.kind == "unix":
            peer.unknown = True
        if actor.clogged or peer.clogged:
            actor.unknown = peer.unknown = True
            self.murky = "an end with bytes on their way: how many of them come, is chance"
        actor.lose(how)
        if self.kind == "unix":
            self._fin(peer, actor, CUT if unread else DONE)
        else:
            self._fin(peer, actor, DONE if how == DONE else CUT)
        peer.peer_is_gone = True

    def _arrive(self, end: ModelEnd, count: int) -> None:
        """Bytes have come to this end."""
        if end.closing and self.kind != "tls":  # which reads until the peer's close_notify
            self.murky = "written to an end that is closing: Twisted leaves it unread, which makes a reset"
            end.may_reset = True
            return
        if not end.is_open or end.read_ended:
            return
        if end.paused:
            end.waiting += count
        else:
            end.data += count

    def _fin(self, end: ModelEnd, peer: ModelEnd, how: str) -> None:
        """The peer has ended its side, with a FIN or with a reset."""
        end.fin = how
        if not end.is_open:
            return
        if end.paused or (end.closing and self.kind != "tls") or end.read_ended:
            self.murky = "a paused end whose peer is gone: when it learns so, depends on who watches"
            end.unknown |= how == CUT
            return
        self._told_of_fin(end, peer)

    def _told_of_fin(self, end: ModelEnd, peer: ModelEnd) -> None:
        how, end.fin = end.fin, ""
        if end.clogged or peer.clogged:
            end.unknown = peer.unknown = True
            self.murky = "an end with bytes on their way: how many of them come, is chance"
        if how == DONE and end.half_closeable and self.kind != "tls":
            end.read_ended = True
            end.events.append("read lost")
            if end.write_ended:
                self.murky = "both directions ended"
        else:
            end.lose(how)
            peer.peer_is_gone = True
            if peer.is_open:
                self._fin(peer, end, DONE)

    def _read(self, end: ModelEnd, peer: ModelEnd) -> None:
        """It may have been resumed."""
        if not end.reads(self.kind):
            return
        end.data, end.waiting = end.data + end.waiting, 0
        if peer.clogged:
            self._unclog(peer, end)
        elif end.fin:
            self._told_of_fin(end, peer)

    def _settle_memory(self, actor: ModelEnd, peer: ModelEnd) -> None:
        if not actor.is_open:
            actor.unknown = True  # its producers are asked on
            return
        if actor.closing and actor.producer == "pull":
            peer.data = actor.told = ANY  # how far it comes is chance
            actor.producer = ""
        while actor.producer == "pull":
            self._pull(actor)
        if peer.data is not ANY:
            peer.data += actor.accepted
        if actor.closing:
            for end in (actor, peer):
                end.producer = ""  # it is not told
                end.lose(DONE)
