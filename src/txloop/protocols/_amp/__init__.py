"""Behind the door protocols/amp.py: boxes, arguments, commands, and who answers them."""
