"""Behind the door protocols/sip.py: texts, messages, proxies."""
