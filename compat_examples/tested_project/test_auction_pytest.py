"""Half way: pytest functions with the fixtures of txloop_pytest, Deferreds as they were."""

import pytest
from auction import Auction, Bidder, TooLow
from twisted.internet import protocol
from twisted.internet.defer import gatherResults, inlineCallbacks


@pytest.fixture
def auction(reactor):
    auction = Auction(b"a violin")
    yield auction
    auction.close()


@pytest.fixture
def enter(auction, memory_pair):
    """``enter(b"ann")``: a bidder, connected in memory."""

    def enter(name):
        bidder, _ = memory_pair(Bidder(name), auction.buildProtocol(None))
        memory_pair.pump()
        return bidder

    return enter


def test_everybody_hears_of_every_bid(clock, enter, memory_pair):
    ann, bob = enter(b"ann"), enter(b"bob")
    ann.bid(10)
    memory_pair.pump()
    assert ann.heard == bob.heard == [b"now on sale: a violin", b"ann leads with 10"]


def test_a_bid_buys_half_a_minute(clock, enter, memory_pair):
    """No test waits for it: the clock is moved on."""
    ann = enter(b"ann")
    last_words = []
    ann.until_sold().addCallback(last_words.append)
    for amount in (1, 2, 3):
        ann.bid(amount)
        memory_pair.pump()
        clock.advance(29)
    memory_pair.pump()
    assert last_words == []
    clock.advance(1)
    memory_pair.pump()
    assert last_words == [b"sold to ann for 3"]


@inlineCallbacks
def test_too_low(clock, enter, memory_pair):
    ann, bob = enter(b"ann"), enter(b"bob")
    both = gatherResults([ann.bid(10), bob.bid(5)], consumeErrors=True)
    memory_pair.pump()
    with pytest.raises(Exception, match="too low, ann leads with 10") as caught:
        yield both
    assert caught.value.subFailure.check(TooLow)


@pytest.mark.txloop
def test_over_tcp(auction, reactor):
    """An old test function that returns its Deferred."""
    port = reactor.listenTCP(0, auction, interface="127.0.0.1")
    entered = protocol.ClientCreator(reactor, Bidder, b"ann").connectTCP("127.0.0.1", port.getHost().port)
    bid = entered.addCallback(lambda ann: ann.bid(10).addBoth(lambda line: (ann.leave(), line)[1]))
    return bid.addBoth(lambda line: port.stopListening().addCallback(lambda _: line))


def test_a_server_that_only_says_where_it_would_listen(memory_reactor):
    memory_reactor.listenTCP(8007, Auction(b"a violin", clock=memory_reactor), interface="127.0.0.1")
    ((number, auction, _, interface),) = memory_reactor.tcpServers
    assert (number, interface) == (8007, "127.0.0.1")
    memory_reactor.advance(30)
    assert auction.sold.result is None
