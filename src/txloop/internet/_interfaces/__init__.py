"""Behind the door internet/interfaces.py: the contracts, by what they are about."""
