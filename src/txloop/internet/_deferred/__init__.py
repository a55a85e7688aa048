"""The class Deferred.

It is in a file named defer.py, as in Twisted, since tools that shorten tracebacks (trial's
reporter is one) know its frames by that name; the door of the same name is one floor up.
"""
