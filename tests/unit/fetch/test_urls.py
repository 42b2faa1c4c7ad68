"""What a URL is read as, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fetch.trouble import FetchError, Trouble
from services.fetch.urls import follow, read

BAD = (
    "", "example.org", "//example.org/", "file:///etc/passwd", "ftp://example.org/", "gopher://example.org/",
    "data:text/html,x", "javascript:alert(1)", "http:example.org", "http:/example.org", "http://", "http:///path",
    # Loopback, for those who read these as the C library does.
    "http://2130706433/", "http://0177.1/", "http://0x7f.1/", "http://127.1/", "http://0x7f000001/", "http://017700000001/",
    "http://127.0.0.1.", "http://127.0.0.01/", "http://1.2.3.4.5/", "http://example.0x/", "http://example.1/",
    # A user, and where the host begins after it.
    "http://user:pass@example.org/", "http://user@example.org/", "http://example.org:80@127.0.0.1/", "http://@example.org/",
    # What some parsers drop or take for a slash.
    "http://example.org\\@127.0.0.1/", "http:\\\\example.org/", "http://exam\tple.org/", "http://example.org/\r\nX: y",
    "http://example.org/\x00", "\thttp://example.org/", "http://example.org/a\u2028b",
    # Dots, digits and letters that are mapped to others.
    "http://127。0。0。1/", "http://127．0．0．1/", "http://①②⑦.0.0.1/", "http://１２７.0.0.1/", "http://ⓔxample.org/",
    "http://example｡org/", "http://exampl\u200de.org/", "http://ex ample.org/", "http://example.org%2f@x/",
    "http://ex%61mple.org/",
    # Hosts that are none.
    "http://example.org./", "http://localhost./", "http://.example.org/", "http://a..b/", "http://-a.org/", f"http://{'a' * 64}.org/",
    f"http://{'a.' * 130}org/", "http://[::1/", "http://[::1]x/", "http://::1/", "http://[fe80::1%25eth0]/", "http://[v1.a]/",
    "http://[127.0.0.1]/",
    # Ports that are none.
    "http://example.org:0/", "http://example.org:65536/", "http://example.org:123456/", "http://example.org:/",
    "http://example.org:-1/", "http://example.org:80:80/", "http://example.org:８0/",
    f"http://example.org/{'a' * 9000}",
)  # fmt: skip


@pytest.mark.parametrize("url", BAD)
def test_odd_urls_are_refused(url) -> None:
    """Everything that two parsers could read in two ways is no URL."""
    with pytest.raises(FetchError) as caught:
        read(url)
    assert caught.value.trouble is Trouble.BAD_URL


def test_a_password_is_not_repeated() -> None:
    """The error does not say what stood before the @."""
    with pytest.raises(FetchError, match="user or a password") as caught:
        read("http://anna:geheim@example.org/")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        (" https://example.org:443/a?b#c ", "https://example.org/a?b"),
        ("https://example.org:80/", "https://example.org:80/"),
        ("http://foo_bar.example.org/", "http://foo_bar.example.org/"),
        ("http://münchen.example/straße?q=ä b", "http://xn--mnchen-3ya.example/stra%C3%9Fe?q=%C3%A4%20b"),
        ("http://MÜNCHEN.example/", "http://xn--mnchen-3ya.example/"),
        ("http://example.org/@user/%2e%2E/", "http://example.org/@user/%2e%2E/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700:0::1111]:443/", "http://[2606:4700::1111]:443/"),
        ("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),  # read, so that the door refuses it
        ("http://example.org?a=http://b@c", "http://example.org/?a=http://b@c"),
    ],
)
def test_good_urls_are_written_one_way(url, written) -> None:
    """Lower case, no default port, no fragment; ASCII only."""
    assert read(url).url == written


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_is_a_url_or_trouble(text) -> None:
    """Nothing else is raised; what is written is read again as the same."""
    for url in (text, f"http://{text}", f"http://example.org/{text}"):
        try:
            target = read(url)
        except FetchError:
            continue
        assert read(target.url) == target


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://example.org/b"),
        ("c?d", "https://example.org/a/c?d"),
        ("//example.net/", "https://example.net/"),
        ("https://example.net:8443/x#y", "https://example.net:8443/x"),
        ("../ü", "https://example.org/%C3%BC"),
    ],
)
def test_redirects_are_relative_to_where_they_come_from(location, url) -> None:
    """As browsers do."""
    assert follow(read("https://example.org/a/b"), location).url == url


@pytest.mark.parametrize(
    ("location", "trouble"),
    [
        ("http://example.org/", Trouble.INSECURE_REDIRECT),
        ("file:///etc/passwd", Trouble.BAD_URL),
        ("https://a:b@example.org/", Trouble.BAD_URL),
        ("/\\example.net", Trouble.BAD_URL),
        ("\t//example.net", Trouble.BAD_URL),
        ("https://[::1", Trouble.BAD_URL),
        ("https://2130706433/", Trouble.BAD_URL),
    ],
)
def test_redirects_are_checked_as_strictly(location, trouble) -> None:
    """And none leads from https to http."""
    with pytest.raises(FetchError) as caught:
        follow(read("https://example.org/a/b"), location)
    assert caught.value.trouble is trouble
