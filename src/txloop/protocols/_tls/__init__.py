"""Behind the door protocols/tls.py: one TLS over any transport, with two engines."""
