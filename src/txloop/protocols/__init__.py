"""twisted.protocols's module names."""
