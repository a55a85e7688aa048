"""Behind the door internet/testing.py: transports, reactors and protocols for tests."""
