"""What did not find a better place: small helpers that programs import from here.

    sibpath(__file__, "data.txt")     InsensitiveDict      FancyStrMixin, FancyEqMixin
    untilConcludes(f)                 getPassword()        switchUID, runAsEffectiveUser

Rooms: _insensitive_dict.py, _intervals.py.  What asks the system for users is here itself: tests of
programs put their own ``os`` and ``pwd`` into this module.

Source: names, signatures and results were read off Twisted 26.10 by running it.
"""

from __future__ import annotations

import collections
import errno
import getpass
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FrameType
from typing import Any, AnyStr, ClassVar, ParamSpec, TypeVar

from incremental import Version, getVersionString

from txloop._public import public_address, publish
from txloop.python._insensitive_dict import InsensitiveDict
from txloop.python._intervals import IntervalDifferential

grp: Any
pwd: Any
try:
    import grp
    import pwd
except ImportError:  # Windows
    grp = pwd = None

# As plain names of this module, for tests and programs that put their own in place.
_getgroups = getgroups = getattr(os, "getgroups", None)
_setgroups = setgroups = getattr(os, "setgroups", None)
_initgroups = getattr(os, "initgroups", None)

__all__ = [
    "FancyEqMixin",
    "FancyStrMixin",
    "InsensitiveDict",
    "IntervalDifferential",
    "LineLog",
    "addPluginDir",
    "getPassword",
    "getPluginDirs",
    "gidFromString",
    "initgroups",
    "makeStatBar",
    "mergeFunctionMetadata",
    "nameToLabel",
    "padTo",
    "println",
    "raises",
    "runAsEffectiveUser",
    "runWithWarningsSuppressed",
    "searchupwards",
    "sibpath",
    "spewer",
    "str_xor",
    "switchUID",
    "uidFromString",
    "uniquify",
    "untilConcludes",
]  # and OrderedDict, below

P = ParamSpec("P")
T = TypeVar("T")


# ---- calling ------------------------------------------------------------------


def untilConcludes(f: Callable[P, T], *a: P.args, **kw: P.kwargs) -> T:
    """Call *f*, again whenever a signal interrupts it (EINTR)."""
    while True:
        try:
            return f(*a, **kw)
        except OSError as error:
            if error.args[0] == errno.EINTR:
                continue
            raise


def raises(exception: type[BaseException], f: Callable[..., Any], *args: Any, **kwargs: Any) -> int:
    """Whether calling *f* raises *exception*: 1 or 0.  Another error comes out."""
    try:
        f(*args, **kwargs)
    except exception:
        return 1
    return 0


def runWithWarningsSuppressed(
    suppressedWarnings: Iterable[tuple[Sequence[Any], dict[str, Any]]],
    f: Callable[P, T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Call *f* with warning filters in place.

    Args:
        suppressedWarnings: For each filter the positional and the keyword arguments of
            `warnings.filterwarnings`.
        f: Called with the rest of the arguments; its result is returned.
    """
    with warnings.catch_warnings():
        for filter_args, filter_kwargs in suppressedWarnings:
            warnings.filterwarnings(*filter_args, **filter_kwargs)
        return f(*args, **kwargs)


def mergeFunctionMetadata(f: Callable[..., Any], g: Callable[..., T]) -> Callable[..., T]:
    """Give *g* the name, docstring, module and attributes of *f*, as far as it takes them."""
    for name in ("__name__", "__doc__", "__module__"):
        try:
            setattr(g, name, getattr(f, name))
        except (TypeError, AttributeError):
            pass
    try:
        vars(g).update(vars(f))
    except (TypeError, AttributeError):
        pass
    return g


def spewer(frame: FrameType, s: str, ignored: object) -> None:
    """For `sys.settrace`: prints the name of each function that is entered."""
    from txloop.python import reflect  # needed for this alone

    code = frame.f_code
    if "self" in frame.f_locals:
        me = frame.f_locals["self"]
        print(f"method {code.co_name} of {reflect.qual(me.__class__)} at {id(me)}")
    else:
        print(f"function {code.co_name} in {code.co_filename}, line {frame.f_lineno}")


# ---- lists and texts ------------------------------------------------------------


def uniquify(lst: Iterable[T]) -> list[T]:
    """The items of *lst*, each once, where it came first."""
    return list(dict.fromkeys(lst))


def padTo(n: int, seq: Sequence[Any], default: Any = None) -> list[Any]:
    """*seq* as a list of length *n*, with *default* at its end.

    Raises:
        ValueError: It is longer.
    """
    if len(seq) > n:
        raise ValueError(f"{len(seq)} elements is more than {n}.")
    return [*seq, *[default] * (n - len(seq))]


def str_xor(s: str, b: int) -> str:
    """The characters of *s*, each code XORed with *b*."""
    return "".join(chr(ord(character) ^ b) for character in s)


def nameToLabel(mname: str) -> str:
    """A label for people, of a name in camel case: ``"fooBar"`` gives ``"Foo Bar"``.

    A run of capitals stays one word; a name that begins with a capital gets a space first.
    """
    words = [""]
    for place, character in enumerate(mname):
        after_small = place > 0 and not mname[place - 1].isupper()
        before_small = place + 1 < len(mname) and not mname[place + 1].isupper()
        if character.isupper() and (place == 0 or after_small or before_small):
            words.append("")
        words[-1] += character
    return " ".join(word[:1].upper() + word[1:] for word in words)


def println(*a: object) -> None:
    """Write these to standard output, with spaces between and a line's end."""
    sys.stdout.write(" ".join(map(str, a)) + "\n")


def makeStatBar(
    width: int, maxPosition: float, doneChar: str = "=", undoneChar: str = "-", currentChar: str = ">"
) -> Callable[..., str]:
    """A function that draws a progress bar: ``[=====>---]``.

    Args:
        width: Of the whole bar, in characters.
        maxPosition: The position that means done.
        doneChar: Drawn before the position.
        undoneChar: Drawn after it.
        currentChar: Drawn at it.
    Returns:
        ``bar(position, force=0)``; gives the bar, or ``""`` when it would look as it did at
        the last call and *force* is false.
    """
    last = ""

    def draw(position: float, force: object = 0) -> str:
        nonlocal last
        done = int(position / maxPosition * width)
        bar = f"[{doneChar * done}{currentChar}{undoneChar * (width - 2 - done)}]"
        if bar == last and not force:
            return ""
        last = bar
        return bar

    draw.__doc__ = (
        f"A bar of {width} characters for a position from 0 to {maxPosition};"
        " an empty text if it looks as at the last call, unless forced."
    )
    return draw


class LineLog:
    """The last lines of a log.

    Args:
        size: How many.
    """

    def __init__(self, size: int = 10) -> None:
        self.log: list[bytes | None] = [None] * size

    def append(self, line: bytes) -> None:
        """Add *line*; the oldest goes."""
        if self.log:
            self.log = [*self.log[1:], line]

    def str(self) -> bytes:
        """The lines, joined."""
        return bytes(self)

    def __bytes__(self) -> bytes:
        return b"\n".join(line for line in self.log if line)

    def __getitem__(self, item: Any) -> Any:
        return [line for line in self.log if line][item]

    def clear(self) -> None:
        """Forget all lines."""
        self.log = [None] * len(self.log)


# ---- mixins ---------------------------------------------------------------------


class FancyStrMixin:
    """A repr that shows chosen attributes: ``<Point x=1 y=2>``.

    Attributes:
        showAttributes: Each a name; or a name and a function that gives its text; or a
            name, the name to show, and a ``%`` format.
        fancybasename: Shown in place of the class's name, if there is one.
    """

    showAttributes: ClassVar[Sequence[Any]] = ()

    def __str__(self) -> str:
        shown = [getattr(self, "fancybasename", self.__class__.__name__)]
        for attribute in self.showAttributes:
            if isinstance(attribute, str):
                shown.append(f"{attribute}={getattr(self, attribute)!r}")
            elif len(attribute) == 2:
                name, text_of = attribute
                shown.append(f"{name}={text_of(getattr(self, name))}")
            else:
                name, label, form = attribute
                shown.append(f"{label}={form % (getattr(self, name),)}")
        return f"<{' '.join(shown)}>"

    __repr__ = __str__


class FancyEqMixin:
    """Equality by chosen attributes, among objects of one class and its subclasses.

    Attributes:
        compareAttributes: Their names; none means that only the same object is equal.
    """

    compareAttributes: ClassVar[Sequence[str]] = ()

    def __eq__(self, other: object) -> bool:
        if not self.compareAttributes:
            return self is other
        if not isinstance(self, other.__class__):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.compareAttributes)

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # what is compared can change


# ---- paths ------------------------------------------------------------------------


def sibpath(path: os.PathLike[AnyStr] | AnyStr, sibling: os.PathLike[AnyStr] | AnyStr) -> AnyStr:
    """The path of *sibling* in the directory of *path*; ``sibpath(__file__, "data.txt")``."""
    return os.path.join(os.path.dirname(os.path.abspath(path)), sibling)


def searchupwards(start: str, files: Sequence[str] = (), dirs: Sequence[str] = ()) -> str | None:
    """The nearest directory, *start* or above it, that holds all of *files* and *dirs*.

    Returns:
        Its path with a slash at the end, or None.
    """
    parts = os.path.abspath(start).split(os.sep)
    while parts:
        here = os.sep.join(parts) + os.sep
        if all(os.path.exists(here + name) for name in (*files, *dirs)):
            return here
        parts.pop()
    return None


def getPluginDirs() -> Iterator[str]:
    """Directories that plugins once were looked for in; deprecated."""
    _warn_of_plugin_dirs("getPluginDirs")
    packages = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    home = os.path.expanduser("~")
    places = ((packages, "plugins"), (home, "TwistedPlugins"), (home, ".twisted"))
    return filter(os.path.isdir, (os.path.join(*place) for place in places))


def addPluginDir() -> None:
    """Add them to the import path; deprecated."""
    _warn_of_plugin_dirs("addPluginDir")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        sys.path.extend(getPluginDirs())


def _warn_of_plugin_dirs(name: str) -> None:
    warnings.warn(
        f"{public_address(__name__)}.{name} is deprecated since Twisted 12.2.",
        DeprecationWarning,
        stacklevel=3,
    )


# ---- people and users -------------------------------------------------------------


def _getpass(prompt: str) -> str:
    """Ask at the terminal, without showing what is typed."""
    try:
        return getpass.getpass(prompt)
    except OSError as error:
        if error.errno == errno.EINTR:
            raise KeyboardInterrupt
        raise
    except EOFError:
        raise KeyboardInterrupt


def getPassword(
    prompt: str = "Password: ",
    confirm: object = 0,
    forceTTY: object = 0,
    confirmPrompt: str = "Confirm password: ",
    mismatchMessage: str = "Passwords don't match.",
) -> str:
    """A password, typed at the terminal, or read as one line of standard input if that is none.

    Args:
        prompt: What to ask with.
        confirm: Ask twice, until both are the same.
        forceTTY: Ask at the terminal though standard input is something else.
        confirmPrompt: What to ask with the second time.
        mismatchMessage: What to say when they differ.
    Raises:
        RuntimeError: *forceTTY*, and there is no terminal.
        KeyboardInterrupt: The input ended.
    """
    at_terminal = hasattr(sys.stdin, "isatty") and sys.stdin.isatty()
    if not at_terminal and not forceTTY:
        return sys.stdin.readline().rstrip("\n")
    streams = sys.stdin, sys.stdout
    if not at_terminal:
        try:
            sys.stdin = open("/dev/tty")  # noqa: SIM115  # closed below
            sys.stdout = open("/dev/tty", "w")  # noqa: SIM115
        except OSError:
            sys.stdin, sys.stdout = streams
            raise RuntimeError("Cannot obtain a TTY")
    try:
        return _ask_password(prompt, confirmPrompt if confirm else None, mismatchMessage)
    finally:
        if not at_terminal:
            sys.stdin.close()
            sys.stdout.close()
        sys.stdin, sys.stdout = streams


def _ask_password(prompt: str, confirm_prompt: str | None, mismatch: str) -> str:
    while True:
        password = _getpass(prompt)
        if confirm_prompt is None or _getpass(confirm_prompt) == password:
            return password
        sys.stdout.write(mismatch + "\n")


def initgroups(uid: int, primaryGid: Any) -> None:
    """Take the supplementary groups of the user *uid*, with *primaryGid* among them.

    Does nothing where the system has no such groups.

    Raises:
        KeyError: There is no such user.
    """
    if pwd is not None and _initgroups is not None:
        _initgroups(pwd.getpwuid(uid).pw_name, primaryGid)


def switchUID(uid: int | None, gid: int | None, euid: bool = False) -> None:
    """Become another user and group; warns when we are that user already.

    Args:
        uid: The user id; None for no change.
        gid: The group id; None for no change.
        euid: Change the effective ids only, which can be undone.
    """
    kind = "euid" if euid else "uid"
    set_user, set_group = (os.seteuid, os.setegid) if euid else (os.setuid, os.setgid)
    if gid is not None:
        set_group(gid)
    if uid is None:
        return
    if uid == (os.geteuid if euid else os.getuid)():
        text = f"tried to drop privileges and set{kind} {uid} but {kind} is already {uid}"
        warnings.warn(f"{text}; should we be root? Continuing.", stacklevel=1)
        return
    initgroups(uid, gid)
    set_user(uid)


def uidFromString(uidString: str | int) -> int:
    """The user id that *uidString* says, by number or by name.

    Raises:
        KeyError: There is no user of that name.
        ValueError: It is a name, and this system knows none.
    """
    return _number(uidString, pwd and pwd.getpwnam)


def gidFromString(gidString: str | int) -> int:
    """The group id that *gidString* says, by number or by name.

    Raises:
        KeyError: There is no group of that name.
        ValueError: It is a name, and this system knows none.
    """
    return _number(gidString, grp and grp.getgrnam)


def _number(said: str | int, look_up: Callable[[str], Any] | None) -> int:
    try:
        return int(said)
    except ValueError:
        if look_up is None:
            raise
    return int(look_up(str(said))[2])


def runAsEffectiveUser(
    euid: int, egid: int, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Call *function* as another user and group, and be who we were again.

    Only root, or who was root when the process began, can do this.

    Args:
        euid: The effective user id to call with.
        egid: The effective group id to call with.
        function: Called with the rest of the arguments; its result is returned.
    """
    uid, gid = os.geteuid(), os.getegid()
    if (uid, gid) == (euid, egid):
        return function(*args, **kwargs)
    _become(uid, gid, euid, egid)
    try:
        return function(*args, **kwargs)
    finally:
        _become(euid, egid, uid, gid)


def _become(uid: int, gid: int, new_uid: int, new_gid: int) -> None:
    """From one effective user and group to another, by way of root, who may change groups."""
    if uid != 0:
        os.seteuid(0)
    if new_gid != gid:
        os.setegid(new_gid)
    if new_uid != 0:
        os.seteuid(new_uid)


# ---- an old name --------------------------------------------------------------------

_ALIASES = {"OrderedDict": (collections.OrderedDict, "Use collections.OrderedDict instead.")}
__all__ += _ALIASES


def __getattr__(name: str) -> Any:
    if name not in _ALIASES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value, message = _ALIASES[name]
    since = getVersionString(Version("Twisted", 15, 5, 0))
    warnings.warn(
        f"{public_address(__name__)}.{name} was deprecated in {since}: {message}",
        DeprecationWarning,
        stacklevel=2,
    )
    return value


publish(__name__, [name for name in __all__ if name not in _ALIASES])
