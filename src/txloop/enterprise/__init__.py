"""Databases: `adbapi`, any DB-API 2.0 module in threads."""
