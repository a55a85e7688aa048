"""Behind the door protocols/ftp.py: client, server, and the data connections of both."""
