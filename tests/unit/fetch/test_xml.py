"""How XML from strangers is read."""

import pytest

from services.fetch.xml import XmlError, parse_xml

LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{of};" * 10}">' for of, name in zip("bcdefghij", "cdefghijk", strict=True)
) + "]>"  # fmt: skip


def test_data_are_read() -> None:
    """Elements, attributes, CDATA, the five entities that XML itself has; any encoding that is declared."""
    root = parse_xml(
        '<?xml version="1.0" encoding="iso-8859-1"?><a b="&amp;"><![CDATA[<martedì>]]></a>'.encode("latin-1")
    )
    assert (root.tag, root.text, root.get("b")) == ("a", "<martedì>", "&")


@pytest.mark.parametrize(
    "document",
    [
        f"{LAUGHS}<a>&k;</a>".encode(),
        f"{LAUGHS}<a b='&k;'/>".encode(),
        f"{LAUGHS}<a>&k;</a>".encode("utf-16"),
        f"<?xml version='1.0' encoding='utf-16be'?>{LAUGHS}<a b='&k;'/>".encode("utf-16-be"),
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/"> %x;]><a/>',
        b"<!-- " + b"x" * 5_000 + b" --><!DOCTYPE a><a/>",
        "<?xml version='1.0' encoding='cp037'?><!DOCTYPE a><a/>".encode("cp037"),
        b"<a>&nbsp;</a>",
        b"<a>" * 300 + b"</a>" * 300,
        b"<a>" * 200_000,
        b"<a",
        b"",
        b"\x00\x01",
        b"plain",
    ],
)
def test_what_is_more_than_data_is_refused(document) -> None:
    """Entities, external or multiplying, document types however hidden, depth, and what is no XML."""
    with pytest.raises(XmlError):
        parse_xml(document)
