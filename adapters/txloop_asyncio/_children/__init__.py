"""Behind the door process.py: starting children, their pipes, their ends."""
