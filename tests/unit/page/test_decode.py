"""Which encoding a page is in, whatever it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.page.decode import decode

TEXT = "È martedì: «ciao» – 5 €"


@pytest.mark.parametrize(
    ("page", "content_type"),
    [
        (TEXT.encode(), None),
        (TEXT.encode(), "text/html; charset=iso-8859-1"),  # wrong: these bytes are UTF-8
        (TEXT.encode("utf-8-sig"), "text/html; charset=windows-1251"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), None),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "text/html; charset=utf-8"),
        (TEXT.encode("cp1252"), "text/html; charset=ISO-8859-1"),  # which the web takes for the larger
        (TEXT.encode("cp1252"), "text/html; charset=utf-8"),  # wrong, and nothing else is said
        (TEXT.encode("cp1252"), "text/html; charset=nonsense"),
        (TEXT.encode("cp1252"), None),
    ],
)
def test_the_text_comes_out(page, content_type) -> None:
    """Whether the server is right, wrong or silent."""
    assert decode(page, content_type=content_type) == TEXT


def test_a_broken_letter_is_a_broken_letter() -> None:
    """It does not turn the whole page into another encoding."""
    assert decode(TEXT.encode() + b"\xe8", content_type="text/html; charset=utf-8") == TEXT + "\ufffd"


@pytest.mark.parametrize("meta", ['<meta charset="windows-1251">', "<?xml version='1.0' encoding='windows-1251'?>",
                                  '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'])  # fmt: skip
def test_the_page_says_it_where_the_server_does_not(meta) -> None:
    """In either form of HTML, or as XML."""
    assert decode(f"{meta}<p>мост".encode("cp1251")) == f"{meta}<p>мост"
    assert decode(f"{meta}<p>мост".encode("koi8-r"), content_type="text/html;charset=KOI8-R").endswith("<p>мост")


def test_what_switches_alphabets_is_not_utf_8() -> None:
    """It is seven bits, and so would pass for it."""
    assert decode("橋".encode("iso-2022-jp"), content_type="text/html; charset=ISO-2022-JP") == "橋"


@pytest.mark.parametrize("name", ["unicode_escape", "raw_unicode_escape", "utf-7", "idna", "base64", "zlib", "rot13", "undefined", "hex"])  # fmt: skip
def test_other_codecs_are_not_at_the_servers_choice(name) -> None:
    """Python knows codecs that are no encoding of the web."""
    assert decode(b"+AGE- \\x41 \xe8", content_type=f"text/html; charset={name}") == "+AGE- \\x41 è"


@given(st.binary(max_size=400), st.text(max_size=40))
def test_any_bytes_are_text(page, content_type) -> None:
    """Which can be written again."""
    decode(page, content_type=content_type).encode()
    decode(page, content_type=f"text/html; charset={content_type}").encode()
