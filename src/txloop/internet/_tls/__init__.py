"""Behind internet/ssl.py and internet/_sslverify.py: certificates, and a connection's options."""
