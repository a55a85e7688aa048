"""txloop's plugins package: further plugins go into folders ``txloop/plugins`` on ``sys.path``.

(Without ``__init__.py`` files in them.  Plugins for Twisted go to ``twisted/plugins``, as
ever; `txloop.plugin` says which are looked through when.)
"""

from __future__ import annotations

from txloop.plugin import pluginPackagePaths

__path__.extend(pluginPackagePaths(__name__))

__all__: list[str] = []
