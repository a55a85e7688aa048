"""twisted.persisted's module names."""
