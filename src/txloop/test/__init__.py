"""Twisted's package of test helpers; see proto_helpers.py."""
