"""Whom a certificate names: `DistinguishedName`."""

from __future__ import annotations

import importlib
from typing import Any

from txloop.python.compat import nativeString
from txloop.python.util import nameToLabel

__all__ = ["DN", "DistinguishedName"]

# Short and long forms of the fields, as in X.509; all are kept by the long one.
FIELDS = {
    "CN": "commonName",
    "commonName": "commonName",
    "O": "organizationName",
    "organizationName": "organizationName",
    "OU": "organizationalUnitName",
    "organizationalUnitName": "organizationalUnitName",
    "L": "localityName",
    "localityName": "localityName",
    "ST": "stateOrProvinceName",
    "stateOrProvinceName": "stateOrProvinceName",
    "C": "countryName",
    "countryName": "countryName",
    "emailAddress": "emailAddress",
}

_OID_NAMES = {
    "commonName": "COMMON_NAME",
    "organizationName": "ORGANIZATION_NAME",
    "organizationalUnitName": "ORGANIZATIONAL_UNIT_NAME",
    "localityName": "LOCALITY_NAME",
    "stateOrProvinceName": "STATE_OR_PROVINCE_NAME",
    "countryName": "COUNTRY_NAME",
    "emailAddress": "EMAIL_ADDRESS",
}


class DistinguishedName(dict[str, bytes]):
    """A dictionary of a certificate's name fields, and attributes for the same.

    ``DN(CN="example.com").commonName`` is ``b"example.com"``.

    Args:
        kw: The fields, short or long, as text or bytes.
    Raises:
        AttributeError: X.509 has no such field.
    """

    __slots__ = ()

    def __init__(self, **kw: Any) -> None:
        for field, value in kw.items():
            setattr(self, field, value)

    def __getattr__(self, attr: str) -> bytes:
        try:
            return self[FIELDS[attr]]
        except KeyError:
            raise AttributeError(attr) from None

    def __setattr__(self, attr: str, value: Any) -> None:
        if attr not in FIELDS:
            raise AttributeError(f"{attr} is not a valid OpenSSL X509 name field")
        self[FIELDS[attr]] = value.encode("utf-8") if isinstance(value, str) else value

    def __repr__(self) -> str:
        return f"<DN {dict.__repr__(self)[1:-1]}>"

    def inspect(self) -> str:
        """A line for each field, to be read by people."""
        lines = [(nameToLabel(field), nativeString(value)) for field, value in sorted(self.items())]
        return "\n".join(f"{label:>26}: {value}" for label, value in lines)


DN = DistinguishedName


def from_cryptography(name: Any, *, strict: bool = False) -> DistinguishedName:
    """Of a ``cryptography.x509.Name``; fields that Twisted does not know are left out.

    Raises:
        ValueError: *strict* was asked for, and there is such a field.
    """
    of_oid = {_oid(field): field for field in _OID_NAMES}
    for part in name if strict else ():
        if part.oid not in of_oid:
            raise ValueError(f"Unknown X509 name attribute: {part.oid!r}")
    found = {of_oid[part.oid]: part.value for part in name if part.oid in of_oid}
    return DistinguishedName(**found)


def to_cryptography(name: DistinguishedName) -> Any:
    """A ``cryptography.x509.Name`` with the same fields."""
    x509 = importlib.import_module("cryptography.x509")
    return x509.Name(
        [x509.NameAttribute(_oid(field), value.decode("utf-8")) for field, value in name.items()]
    )


def _oid(field: str) -> Any:
    return getattr(importlib.import_module("cryptography.x509.oid").NameOID, _OID_NAMES[field])
