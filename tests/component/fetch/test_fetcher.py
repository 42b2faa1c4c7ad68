"""What comes of asking servers that behave, and servers that do not. Every misdeed ends, soon, in one kind of error."""

import asyncio
import time

import orjson
import pytest
from support.attacker import TEXT, Attacker, permitting

from services.fetch import Fetcher, FetchError, Redirect, Trouble


async def trouble(fetcher: Fetcher, url: str) -> FetchError:
    """Return the error that fetching ends in."""
    with pytest.raises(FetchError) as caught:
        await fetcher.get(url)
    return caught.value


async def test_an_answer_comes_decompressed(attacker, fetcher) -> None:
    """Status, headers in lower case, the body as it was before gzip."""
    fetched = await fetcher.get(attacker.url("/ok"))
    assert (fetched.status, fetched.body, fetched.redirects) == (200, TEXT * 10, ())
    assert fetched.headers["content-type"] == "text/plain"
    assert fetched.url == attacker.url("/ok")


async def test_requests_say_little(attacker, fetcher) -> None:
    """Host, who asks, what is accepted, what the caller wants to know: nothing else is sent."""
    fetched = await fetcher.get(attacker.url("/echo"), headers={"If-None-Match": '"x"', "Accept": "text/html"})
    assert orjson.loads(fetched.body) == {
        "host": f"127.0.0.1:{attacker.port}",
        "user-agent": "tests (nobody@example.org)",
        "accept": "text/html",
        "accept-encoding": "gzip",
        "if-none-match": '"x"',
    }
    assert fetched.headers["x-two"] == "a, b"


async def test_cookies_are_not_kept(attacker, fetcher) -> None:
    """What `/echo` sets comes back with no later request."""
    assert "set-cookie" in (await fetcher.get(attacker.url("/echo"))).headers
    assert b"cookie" not in (await fetcher.get(attacker.url("/echo"))).body


@pytest.mark.parametrize("name", ["Authorization", "Cookie", "Host", "Accept-Encoding", "Proxy-Authorization", "X-Key"])
async def test_credentials_cannot_be_sent(attacker, fetcher, name) -> None:
    """A caller that tries has a bug."""
    with pytest.raises(ValueError, match=name.lower()):
        await fetcher.get(attacker.url("/echo"), headers={name: "x"})
    assert attacker.asked == []


async def test_a_header_cannot_smuggle_another(attacker, fetcher) -> None:
    """A line break in a value is a bug of the caller."""
    with pytest.raises(ValueError, match="if-none-match"):
        await fetcher.get(attacker.url("/echo"), headers={"If-None-Match": "x\r\nCookie: y"})


async def test_proxies_of_the_environment_are_not_asked(attacker, fetcher, monkeypatch) -> None:
    """They would connect wherever they like."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await fetcher.get(attacker.url("/ok"))).status == 200


async def test_not_found_and_not_modified_are_answers(attacker, fetcher) -> None:
    """A conditional request is answered with 304 and no body, whatever its headers say of one."""
    assert (await fetcher.get(attacker.url("/none"))).status == 404
    first = await fetcher.get(attacker.url("/unchanged"))
    again = await fetcher.get(attacker.url("/unchanged"), headers={"If-None-Match": first.headers["etag"]})
    assert (first.status, first.body, again.status, again.body) == (200, b"new", 304, b"")


async def test_redirects_are_followed_and_told(attacker, fetcher) -> None:
    """Up to five, each with its status."""
    fetched = await fetcher.get(attacker.url("/hop?left=5"))
    assert fetched.url == attacker.url("/ok")
    assert fetched.redirects == tuple(
        Redirect(url=attacker.url(f"/hop?left={left}"), status=301) for left in (5, 4, 3, 2, 1)
    )


@pytest.mark.parametrize("path", ["/loop", "/hop?left=6"])
async def test_too_many_redirects(attacker, fetcher, path) -> None:
    """The sixth is not followed, whether they go in a circle or not."""
    assert (await trouble(fetcher, attacker.url(path))).trouble is Trouble.TOO_MANY_REDIRECTS
    assert len(attacker.asked) == 6


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("http://169.254.169.254/latest/meta-data/", Trouble.BLOCKED_PORT),
        ("file:///etc/passwd", Trouble.BAD_URL),
        ("http://127.0.0.1:22/", Trouble.BLOCKED_PORT),
        ("http://user:pass@127.0.0.1/", Trouble.BAD_URL),
        ("http://2130706433/", Trouble.BAD_URL),
        ("ftp://127.0.0.1/", Trouble.BAD_URL),
    ],
)
async def test_a_redirect_is_no_way_around(attacker, fetcher, location, expected) -> None:
    """Metadata, files, other ports and schemes are refused as they would have been at first."""
    assert (await trouble(fetcher, attacker.url(f"/to?url={location}"))).trouble is expected
    assert len(attacker.asked) == 1


async def test_a_redirect_to_metadata_is_refused_for_its_address(attacker) -> None:
    """Also where the port would be allowed."""
    async with Fetcher(permitting(attacker, ports={attacker.port, 80})) as fetcher:
        error = await trouble(fetcher, attacker.url("/to?url=http://169.254.169.254/latest/meta-data/"))
    assert error.trouble is Trouble.BLOCKED_ADDRESS
    assert str(error) == "169.254.169.254 is not on the open internet"


async def test_loopback_is_closed_unless_a_test_opens_it(attacker) -> None:
    """By address, by name, in IPv6 and in disguise: nothing reaches the server."""
    async with Fetcher(permitting(attacker, allow_loopback=False)) as fetcher:
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"):
            assert (await trouble(fetcher, attacker.url("/ok", host=host))).trouble is Trouble.BLOCKED_ADDRESS
    assert attacker.asked == []


async def test_only_the_configured_ports_are_asked(attacker) -> None:
    """By default the usual two."""
    async with Fetcher(permitting(attacker, ports={80, 443})) as fetcher:
        assert (await trouble(fetcher, attacker.url("/ok"))).trouble is Trouble.BLOCKED_PORT
    assert attacker.asked == []


async def test_a_name_that_flips_between_redirects_is_caught(attacker) -> None:
    """Each connection resolves anew and is checked anew: the second answer is private, and nothing connects there."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])

    async def flip(host, port):
        return next(answers)

    async with Fetcher(permitting(attacker), resolver=flip) as fetcher:
        error = await trouble(fetcher, attacker.url("/hop?left=1", host="rebind.example"))
    assert error.trouble is Trouble.BLOCKED_ADDRESS
    assert "10.0.0.1, to which rebind.example leads" in str(error)
    assert [asked.headers["host"] for asked in attacker.asked] == [f"rebind.example:{attacker.port}"]


async def test_nobody_resolves_behind_the_resolver(attacker) -> None:
    """One question for one connection, whose answer is where it goes: the name exists nowhere else."""
    asked = []

    async def resolver(host, port):
        asked.append((host, port))
        return ["127.0.0.1"]

    async with Fetcher(permitting(attacker), resolver=resolver) as fetcher:
        assert (await fetcher.get(attacker.url("/ok", host="nowhere.example"))).status == 200
    assert asked == [("nowhere.example", attacker.port)]


@pytest.mark.parametrize("path", ["/drip", "/drip-headers", "/silent"])
async def test_slow_servers_are_left(attacker, path) -> None:
    """Whether they say nothing or a little for ever, time is up after the limit."""
    started = time.monotonic()
    async with Fetcher(permitting(attacker, total_seconds=1.0)) as fetcher:
        error = await trouble(fetcher, attacker.url(path))
    assert error.trouble is Trouble.TOO_SLOW
    assert time.monotonic() - started < 3


async def test_silence_is_cut_short(attacker) -> None:
    """A server that says nothing is left before the total time is over."""
    async with Fetcher(permitting(attacker, total_seconds=60.0, silence_seconds=0.2)) as fetcher:
        async with asyncio.timeout(5):
            error = await trouble(fetcher, attacker.url("/silent"))
    assert error.trouble is Trouble.TOO_SLOW


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/endless", "more than 2,000,000 bytes"),
        ("/huge-length", "more than 2,000,000 bytes"),
        ("/bomb", "compressed bytes become more than 100 times as many"),
        ("/big-header", "more than 65,536 bytes of headers"),
        ("/many-headers", "more than 65,536 bytes of headers"),
        ("/endless-continue", "the server sends without end"),
    ],
)
async def test_too_much_is_refused(attacker, fetcher, path, says) -> None:
    """Bodies and headers without end, announced or not, compressed or not; the text says which limit it was."""
    error = await trouble(fetcher, attacker.url(path))
    assert error.trouble is Trouble.TOO_LARGE
    assert says in str(error)


@pytest.mark.parametrize(
    "path",
    ["/cut-gzip", "/not-gzip", "/many-members", "/encoded?as=deflate", "/encoded?as=br", "/encoded?as=gzip,gzip",
     "/encoded?as=zstd", "/encoded?as=x"],
)  # fmt: skip
async def test_broken_and_unwanted_encodings_are_refused(attacker, fetcher, path) -> None:
    """Only gzip was asked for, and only whole."""
    assert (await trouble(fetcher, attacker.url(path))).trouble is Trouble.BAD_ENCODING


async def test_gzip_in_several_parts_is_whole(attacker, fetcher) -> None:
    """As the format allows, with padding behind."""
    assert (await fetcher.get(attacker.url("/two-members"))).body == b"one two"


@pytest.mark.parametrize("path", ["/broken-chunks", "/cut-chunks", "/cut", "/no-http"])
async def test_broken_http_is_told(attacker, fetcher, path) -> None:
    """Half an answer is none."""
    error = await trouble(fetcher, attacker.url(path))
    assert error.trouble is Trouble.PROTOCOL
    assert "127.0.0.1" in str(error)


async def test_nobody_there_is_told(attacker) -> None:
    """A closed port is a matter of the connection."""
    async with Attacker() as gone:
        port = gone.port
    async with Fetcher(permitting(attacker, ports={port})) as fetcher:
        error = await trouble(fetcher, f"http://127.0.0.1:{port}/")
    assert error.trouble is Trouble.CONNECTION


async def test_fetches_do_not_disturb_each_other(attacker, fetcher) -> None:
    """Among forty at once, half of them attacked, every good one is answered."""
    paths = ["/ok", "/cut", "/ok", "/broken-chunks", "/ok", "/encoded?as=br", "/ok", "/many-headers"] * 5
    results = await asyncio.gather(*(fetcher.get(attacker.url(path)) for path in paths), return_exceptions=True)
    for path, result in zip(paths, results, strict=True):
        assert isinstance(result, FetchError) is (path != "/ok"), path


async def test_a_cancelled_fetch_leaves_nothing_open(attacker, fetcher) -> None:
    """The connection is closed, and the server notices."""
    task = asyncio.create_task(fetcher.get(attacker.url("/drip")))
    async with asyncio.timeout(5):
        while not attacker.asked:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while attacker.connections:
            await asyncio.sleep(0.01)


async def test_a_fetcher_fetches_only_while_it_is_entered(attacker) -> None:
    """Else there is nothing that TLS could be checked with."""
    with pytest.raises(RuntimeError):
        await Fetcher(permitting(attacker)).get(attacker.url("/ok"))
