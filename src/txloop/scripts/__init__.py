"""The commands: `twistd`."""
