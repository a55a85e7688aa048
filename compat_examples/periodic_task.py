"""A periodic task: a kettle is looked at every 20 ms until it boils; nothing else waits for it.

python periodic_task.py
"""

from twisted.internet import reactor, task


class Kettle:
    """Gets 25 degrees hotter each time somebody looks."""

    degrees = 20

    def look(self):
        self.degrees = min(100, self.degrees + 25)
        print("the kettle is at", self.degrees)
        if self.degrees == 100:
            watching.stop()


def make_tea(loop):
    print("boiling; stopped looking:", not loop.running)
    return task.deferLater(reactor, 0.02, print, "tea is ready")


if __name__ == "__main__":
    kettle = Kettle()
    watching = task.LoopingCall(kettle.look)
    boiled = watching.start(0.02)
    boiled.addCallback(make_tea)
    boiled.addBoth(lambda _: reactor.stop())
    print("watching")
    reactor.run()
