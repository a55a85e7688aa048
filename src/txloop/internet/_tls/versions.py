"""The versions of TLS, and the range of them that options allow."""

from __future__ import annotations

import ssl
from typing import Any

from txloop._constants import NamedConstant, Names

__all__ = ["TLSVersion"]


class TLSVersion(Names):
    """Versions, in order."""

    SSLv3: NamedConstant = NamedConstant()
    TLSv1_0: NamedConstant = NamedConstant()
    TLSv1_1: NamedConstant = NamedConstant()
    TLSv1_2: NamedConstant = NamedConstant()
    TLSv1_3: NamedConstant = NamedConstant()


# What both sides speak if nobody asks for anything else.
DEFAULT_MINIMUM = TLSVersion.TLSv1_2

OF_STANDARD_LIBRARY = {
    TLSVersion.SSLv3: ssl.TLSVersion.SSLv3,
    TLSVersion.TLSv1_0: ssl.TLSVersion.TLSv1,
    TLSVersion.TLSv1_1: ssl.TLSVersion.TLSv1_1,
    TLSVersion.TLSv1_2: ssl.TLSVersion.TLSv1_2,
    TLSVersion.TLSv1_3: ssl.TLSVersion.TLSv1_3,
}


def allowed_range(raise_minimum_to: Any, lower_minimum_to: Any, maximum: Any) -> tuple[Any, Any]:
    """The lowest and the highest version; the highest is None for "the newest there is".

    Args:
        raise_minimum_to: A higher minimum than the default; a lower one changes nothing.
        lower_minimum_to: A minimum, whatever the default is.
        maximum: The highest, or None.
    Raises:
        ValueError: The minimum is above the maximum.
    """
    if raise_minimum_to is not None:
        if maximum is not None and raise_minimum_to > maximum:
            raise ValueError("raiseMinimumTo needs to be lower than lowerMaximumSecurityTo")
        return max(raise_minimum_to, DEFAULT_MINIMUM), maximum
    if lower_minimum_to is not None:
        if maximum is not None and lower_minimum_to > maximum:
            raise ValueError("insecurelyLowerMinimumTo needs to be lower than lowerMaximumSecurityTo")
        return lower_minimum_to, maximum
    if maximum is not None and maximum < DEFAULT_MINIMUM:
        return maximum, maximum
    return DEFAULT_MINIMUM, maximum
