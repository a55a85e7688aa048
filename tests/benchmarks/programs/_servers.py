"""A legacy program as a server: ``python -m benchmarks.programs._servers PEER PROGRAM``.

Its first line on stdout is the port number.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

from benchmarks._run import ROOT, reactor_of
from benchmarks.programs._amp_commands import responder


def web() -> Any:
    """A page that says hello; no access log."""
    resource = importlib.import_module("twisted.web.resource")
    server = importlib.import_module("twisted.web.server")

    class Hello(resource.Resource):  # type: ignore[misc]
        isLeaf = True  # noqa: N815  # twisted.web's name

        def render_GET(self, request: Any) -> bytes:  # noqa: N802  # twisted.web's name
            return b"Hello, world!"

    return server.Site(Hello())


def resp() -> Any:
    """The example's own factory."""
    file = ROOT / "compat_examples" / "key_value_server.py"
    spec = importlib.util.spec_from_file_location("key_value_server", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.StoreFactory()


def amp() -> Any:
    """Answers the command of _amp/commands.py."""
    protocol = importlib.import_module("twisted.internet.protocol")
    return protocol.Factory.forProtocol(responder())


def main(peer: str, program: str) -> None:
    """Serve until killed."""
    if peer.startswith("txloop/"):
        importlib.import_module("txloop_twisted").install()
    reactor, _ = reactor_of(peer)
    port = reactor.listenTCP(0, {"web": web, "resp": resp, "amp": amp}[program](), interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    reactor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
