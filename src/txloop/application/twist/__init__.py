"""``twist``: run a plugin's service in the foreground, logging to the terminal or as JSON.

    txloop twist --log-level=warn web --port=tcp:8080

As in Twisted this package is private; its modules are `_options` and `_twist`.
"""

__all__: list[str] = []
