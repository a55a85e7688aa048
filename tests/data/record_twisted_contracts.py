"""Print the interfaces and errors of the Twisted that runs this, as JSON.

    python tests/data/record_twisted_contracts.py > tests/data/twisted_contracts.json

Interfaces: their bases and own members, each with its signature, null for an attribute.
Errors: their bases, and pairs of arguments and the str() these give, where it can be made.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.internet import error, interfaces
from zope.interface.interface import InterfaceClass, Method

ARGUMENTS: list[list[Any]] = [[], ["a"], ["a", "b"], ["a", "b", "c"], [0, ""], [111, "refused"]]


def described_interface(interface: InterfaceClass) -> dict[str, Any]:
    members = {}
    for name in sorted(interface.names()):
        member = interface[name]
        members[name] = member.getSignatureString() if isinstance(member, Method) else None
    return {"bases": [base.__name__ for base in interface.__bases__], "members": members}


def described_error(cls: type[Exception]) -> dict[str, Any]:
    texts = []
    for arguments in ARGUMENTS:
        try:
            texts.append([arguments, str(cls(*arguments))])
        except TypeError:
            pass  # not its arguments, or not its kind of argument
    return {"bases": [base.__name__ for base in cls.__bases__], "texts": texts}


def main() -> None:
    record = {
        "interfaces": {
            name: described_interface(thing)
            for name, thing in sorted(vars(interfaces).items())
            if isinstance(thing, InterfaceClass) and name != "Interface"
        },
        "errors": {
            name: described_error(thing)
            for name, thing in sorted(vars(error).items())
            if isinstance(thing, type) and issubclass(thing, Exception)
        },
    }
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
