"""Sockets passed by systemd.  Source of the claims: Twisted 26.10, twisted.python.systemd, by running it."""

from __future__ import annotations

import os

import pytest

from txloop.python.systemd import ListenFDs

OURS = str(os.getpid())


def test_descriptors_are_counted_from_three_and_the_variables_taken_out() -> None:
    environment = {"LISTEN_PID": OURS, "LISTEN_FDS": "2", "LISTEN_FDNAMES": "web:admin", "HOME": "/"}
    passed = ListenFDs.fromEnvironment(environment)
    assert passed.inheritedDescriptors() == [3, 4]
    assert passed.inheritedNamedDescriptors() == {"web": 3, "admin": 4}
    assert environment == {"HOME": "/"}


def test_the_first_descriptor_can_be_said() -> None:
    passed = ListenFDs.fromEnvironment({"LISTEN_PID": OURS, "LISTEN_FDS": "1"}, start=7)
    assert (passed.inheritedDescriptors(), passed.inheritedNamedDescriptors()) == ([7], {})


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"LISTEN_FDS": "1"},
        {"LISTEN_PID": "x", "LISTEN_FDS": "1"},
        {"LISTEN_PID": OURS, "LISTEN_FDS": "x"},
    ],
)
def test_what_is_for_another_process_or_no_number_is_nothing(environment: dict[str, str]) -> None:
    assert ListenFDs.fromEnvironment(environment).inheritedDescriptors() == []
