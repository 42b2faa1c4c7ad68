"""Whom the door connects to."""

import socket

import httpcore
import pytest

from services.fetch.door import Door
from services.fetch.trouble import FetchError, Trouble


class Stream(httpcore.AsyncNetworkStream):
    """A connection that says where it ends, and hands over as many bytes as one asks for."""

    def __init__(self, peer: tuple) -> None:
        self.peer = peer
        self.closed = False

    async def read(self, max_bytes, timeout=None) -> bytes:  # noqa: ASYNC109 - httpcore's interface
        return bytes(max_bytes)

    async def aclose(self) -> None:
        self.closed = True

    def get_extra_info(self, info):
        return self.peer if info == "server_addr" else None


class Network(httpcore.AsyncNetworkBackend):
    """Connects to nothing and remembers what it was asked; `dead` addresses refuse, `elsewhere` is where others end."""

    def __init__(self, *, dead=(), elsewhere=None) -> None:
        self.dead = dead
        self.elsewhere = elsewhere
        self.asked: list[str] = []
        self.streams: list[Stream] = []

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # noqa: ASYNC109 - the same
        self.asked.append(host)
        if host in self.dead:
            raise httpcore.ConnectError("refused")
        self.streams.append(Stream((self.elsewhere or host, port)))
        return self.streams[-1]


class Names:
    """A resolver that gives the answers in turn, the last for ever."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host, port):
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def make_door(names, network, *, allow_loopback=False, max_bytes=1_000) -> Door:
    door = Door(resolver=names, allow_loopback=allow_loopback, backend=network)
    door.allow(max_bytes)
    return door


async def refusal(door: Door, host: str = "example.org") -> FetchError:
    with pytest.raises(FetchError) as caught:
        await door.connect_tcp(host, 443)
    return caught.value


async def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    """A name that flips is looked up once; what it says the second time is never asked for."""
    names, network = Names(["93.184.216.34"], ["127.0.0.1"]), Network()
    await make_door(names, network).connect_tcp("example.org", 443)
    assert names.asked == ["example.org"]
    assert network.asked == ["93.184.216.34"]


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "10.0.0.1"],
        ["93.184.216.34", "::1"],
        ["169.254.169.254"],
        ["::ffff:93.184.216.34"],
        ["fe80::1%eth0"],
        ["93.184.216.34", "nonsense"],
    ],
)
async def test_one_bad_answer_spoils_all(answers) -> None:
    """Nothing is connected to, not even the public one among them; the text says which it was."""
    network = Network()
    error = await refusal(make_door(Names(answers), network))
    assert error.trouble is Trouble.BLOCKED_ADDRESS
    assert f"{answers[-1]}, to which example.org leads, is not on the open internet" in str(error)
    assert network.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:7f00:1", "10.0.0.1"])
async def test_an_address_in_the_url_is_checked_too(host) -> None:
    """Without asking the resolver."""
    names, network = Names(["93.184.216.34"]), Network()
    assert (await refusal(make_door(names, network), host)).trouble is Trouble.BLOCKED_ADDRESS
    assert names.asked == network.asked == []


async def test_a_connection_that_ends_elsewhere_is_dropped() -> None:
    """The peer's address is compared with the one asked for."""
    network = Network(elsewhere="10.0.0.1")
    error = await refusal(make_door(Names(["93.184.216.34"]), network))
    assert error.trouble is Trouble.BLOCKED_ADDRESS
    assert network.streams[0].closed


async def test_the_next_address_is_tried() -> None:
    """A dead address is no dead host."""
    network = Network(dead=["93.184.216.34"])
    await make_door(Names(["93.184.216.34", "8.8.8.8"]), network).connect_tcp("example.org", 80)
    assert network.asked == ["93.184.216.34", "8.8.8.8"]


async def test_only_a_few_addresses_are_tried() -> None:
    """A name with a hundred dead addresses costs three tries."""
    dead = [f"8.8.8.{number}" for number in range(100)]
    network = Network(dead=dead)
    with pytest.raises(httpcore.ConnectError):
        await make_door(Names(dead), network).connect_tcp("example.org", 80)
    assert network.asked == dead[:3]


@pytest.mark.parametrize("answer", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label"), []])
async def test_a_name_without_address_is_a_matter_of_dns(answer) -> None:
    """Whatever the resolver does about it."""
    error = await refusal(make_door(Names(answer), Network()))
    assert error.trouble is Trouble.DNS
    assert "example.org" in str(error)


async def test_loopback_is_open_for_tests_only_and_only_loopback() -> None:
    """The setting opens 127.0.0.1 and ::1, and no private network."""
    network = Network()
    await make_door(Names(["127.0.0.1"]), network, allow_loopback=True).connect_tcp("example.org", 80)
    for other in ("10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.1"):
        assert (
            await refusal(make_door(Names([other]), network, allow_loopback=True))
        ).trouble is Trouble.BLOCKED_ADDRESS
    assert network.asked == ["127.0.0.1"]


async def test_what_comes_in_is_counted_over_all_connections() -> None:
    """Two connections share one allowance."""
    door = make_door(Names(["8.8.8.8"]), Network(), max_bytes=1_000)
    streams = [await door.connect_tcp("example.org", 80) for _ in range(2)]
    assert [len(await stream.read(400)) for stream in streams] == [400, 400]
    with pytest.raises(FetchError) as caught:
        await streams[0].read(400)
    assert caught.value.trouble is Trouble.TOO_LARGE


async def test_there_is_no_way_to_sockets_in_the_file_system() -> None:
    """Such as a container daemon's."""
    with pytest.raises(FetchError):
        await make_door(Names(["8.8.8.8"]), Network()).connect_unix_socket("/run/docker.sock")
