"""twisted.internet's module names: one public door each; the rooms behind are _underscore modules."""
