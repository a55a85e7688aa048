"""``txloop demo``: a small live world on one loop, and three doors into it.

    room.py       who is here, who hears what, and what a door is
    chat.py       a legacy line chat, for nc and telnet
    web.py        a page and its event stream, for browsers; HTTP by hand, in Twisted's style
    terminal.py   the terminal that the command was typed in, if it is one

All of it is written as a Twisted program would be, with a coroutine where one reads better.
"""
