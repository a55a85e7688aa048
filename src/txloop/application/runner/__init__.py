"""What `twist` runs a reactor with: exit statuses, a PID file, logging to a file.

As in Twisted this package is private; its modules are `_exit`, `_pidfile` and `_runner`.
"""

__all__: list[str] = []
