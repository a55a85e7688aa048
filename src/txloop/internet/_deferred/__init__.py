"""Behind the door internet/defer.py: Deferreds, what runs coroutines on them, what asyncio needs of them.

The class itself is in a file named defer.py, as in Twisted, since tools that shorten tracebacks
(trial's reporter is one) know its frames `__iter__` and `_runCallbacks` by that name.
"""
