"""txaio: code that speaks to Twisted and asyncio alike, here with its Twisted half."""

import txaio
from twisted.internet import reactor, task

txaio.use_twisted()
txaio.config.loop = reactor


def main(reactor):
    print(txaio.using_twisted, txaio.is_future(txaio.create_future()))
    first, second = txaio.create_future(), txaio.create_future()
    both = txaio.gather([first, second], consume_exceptions=True)
    txaio.call_later(0.02, txaio.resolve, first, 1)
    txaio.call_later(0.01, txaio.resolve, second, 2)
    txaio.add_callbacks(both, lambda values: print("both", values), None)

    failing = txaio.as_future(lambda: 1 / 0)
    txaio.add_callbacks(failing, None, lambda failure: print("failed", txaio.failure_message(failure)))

    timer = txaio.make_batched_timer(0.05, chunk_size=2)
    ticks = []
    for number in range(5):
        timer.call_later(0.01, ticks.append, number)
    done = txaio.create_future()
    txaio.call_later(0.3, txaio.resolve, done, None)
    txaio.add_callbacks(done, lambda _: print("batched", sorted(ticks)), None)
    return done


task.react(main)
