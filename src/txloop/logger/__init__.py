"""twisted.logger's module names."""
