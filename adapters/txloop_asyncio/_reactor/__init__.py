"""Behind the door reactor.py: what it is composed of, whose loop it runs in, what it tells of itself."""
