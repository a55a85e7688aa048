"""Authentication that knows neither the protocol nor the database: portals, checkers, credentials.

portal = Portal(realm, [checker])
portal.login(UsernamePassword(b"ann", b"secret"), mind, IMailbox)
    the checker for that kind of credentials  ->  whose they are, an avatar id
    the realm                                 ->  (interface, avatar, logout)
"""
