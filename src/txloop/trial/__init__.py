"""twisted.trial's test cases, for old tests: `txloop.trial.unittest`.

They run under pytest and under the standard library's unittest, each with its own
runner; the command trial and its reporters are Twisted's own, and need it installed.
"""
