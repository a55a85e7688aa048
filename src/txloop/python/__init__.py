"""twisted.python's module names."""
