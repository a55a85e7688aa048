"""Behind the doors udp.py and unix.py: reading datagrams, groups, paths."""
