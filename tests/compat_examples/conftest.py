"""The platforms on which each compat example has to say the same."""

from __future__ import annotations

import importlib.util

import pytest

_UVLOOP = importlib.util.find_spec("uvloop") is not None


@pytest.fixture(
    params=[
        "asyncio",
        pytest.param("uvloop", marks=pytest.mark.skipif(not _UVLOOP, reason="uvloop is not installed")),
        pytest.param("twisted", marks=pytest.mark.needs_twisted),
    ]
)
def platform(request: pytest.FixtureRequest) -> str:
    """txloop on asyncio, txloop on uvloop, the real Twisted."""
    name: str = request.param
    return name
