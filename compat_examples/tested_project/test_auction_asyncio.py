"""New tests: coroutines on pytest-asyncio's loops, with asyncio's own tools around the old code."""

import asyncio

import pytest
import pytest_asyncio
from auction import Auction, Bidder, TooLow
from twisted.internet import reactor
from twisted.internet.protocol import ClientCreator


@pytest_asyncio.fixture
async def auction():
    auction = Auction(b"a violin")
    auction.port = reactor.listenTCP(0, auction, interface="127.0.0.1")
    yield auction
    auction.close()
    await auction.port.stopListening()


@pytest_asyncio.fixture
async def enter(auction):
    bidders = []

    async def enter(name):
        creator = ClientCreator(reactor, Bidder, name)
        bidders.append(await creator.connectTCP("127.0.0.1", auction.port.getHost().port))
        return bidders[-1]

    yield enter
    for bidder in bidders:
        bidder.leave()
    while auction.visitors:
        await asyncio.sleep(0)


async def test_the_old_client_is_awaited(enter):
    ann, bob = await enter(b"ann"), await enter(b"bob")
    async with asyncio.timeout(10):
        assert await ann.bid(10) == b"ann leads with 10"
        with pytest.raises(TooLow, match="ann leads with 10"):
            await bob.bid(5)


async def test_many_at_once(enter):
    bidders = [await enter(b"bidder%d" % number) for number in range(5)]
    answers = await asyncio.gather(
        *(bidder.bid(10 + number) for number, bidder in enumerate(bidders)), return_exceptions=True
    )
    assert answers[-1] == b"bidder4 leads with 14"


async def test_a_plain_asyncio_client(auction):
    reader, writer = await asyncio.open_connection("127.0.0.1", auction.port.getHost().port)
    assert await reader.readline() == b"now on sale: a violin\n"
    writer.write(b"bid ann 10\n")
    assert await reader.readline() == b"ann leads with 10\n"
    writer.close()
    await writer.wait_closed()
    while auction.visitors:
        await asyncio.sleep(0)


async def test_the_hammer_falls(clock, auction, enter):
    """The clock is asyncio's too: who sleeps wakes up in between, at the right moment."""
    ann = await enter(b"ann")

    async def bid_again_after(seconds):
        await asyncio.sleep(seconds)
        await ann.bid(20)
        return clock.seconds()

    await ann.bid(10)
    bidding = asyncio.create_task(bid_again_after(20))
    await clock.advance(30)
    assert not auction.sold.called
    assert await bidding == 20
    await clock.advance(20)
    assert await auction.sold == (b"ann", 20)
