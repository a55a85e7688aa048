"""Behind the door internet/endpoints.py: one kind of endpoint a file, and the strings that name them."""
