"""Behind the doors tcp.py, unix.py and ssl.py: connections, ports and connectors, on one kind of stream."""
