"""twisted.application's module names."""
