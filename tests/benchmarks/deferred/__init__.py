"""What a Deferred costs, beside Twisted's and beside a plain Future of asyncio."""
