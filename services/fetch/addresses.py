"""Which internet addresses are the public internet. Pure: asks no resolver, connects to nothing.

Refuses by list what `ipaddress` calls global only in some versions of Python, and what carries another address in it.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

_REFUSED_4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by the customers of a provider
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and where clouds keep their metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",  # public by its number, yet Azure answers there from within each machine
    )
)
# All that has been given out lies here. The rest (::, ::1, ::ffff:0:0/96, 64:ff9b::/96, fc00::/7, fe80::/10, ff00::/8 …) is not public.
_UNICAST_6 = ip_network("2000::/3")
_REFUSED_6 = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # protocols; Teredo (2001::/32) carries an IPv4 address
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries an IPv4 address
        "3fff::/20",  # documentation
        "2620:4f:8000::/48",  # AS112
    )
)


def parse(text: str) -> Address | None:
    """Return the address that a resolver's answer or a URL's host is; None for a name. Four decimal numbers, or IPv6."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Return whether the address is one of the open internet."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    if address.scope_id is not None or address not in _UNICAST_6:
        return False
    return not any(address in network for network in _REFUSED_6)


def is_loopback(address: Address) -> bool:
    """Return whether the address is this machine's, as such: 127/8 or ::1, in no other clothes."""
    return address.is_loopback and (isinstance(address, IPv4Address) or address.ipv4_mapped is None)
