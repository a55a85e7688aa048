"""How fast the receivers of protocols.basic parse, beside Twisted's."""
