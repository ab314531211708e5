"""Addresses are found in what people write, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from detente.statements.addresses import MAX_FOUND, addresses_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4,112 attempts from 198.51.100.0/24 between 13:10 and 15:40 UTC.", ["198.51.100.0/24"]),
        ("192.0.2.7, 192.0.2.8; 192.0.2.7.", ["192.0.2.7", "192.0.2.8"]),
        ('{"value": "2001:db8::1", "range": "2001:db8:0:1::/64"}', ["2001:db8::1", "2001:db8:0:1::/64"]),
        ("198.51.100.7/24", ["198.51.100.0/24"]),
        ("[ipv4-addr:value = '198.51.100.16']", ["198.51.100.16"]),
        ("version 1.2.3.4.5, time 10:20:30, 999.1.1.1, 1.2.3.400, ::, a:b", []),
        ("", []),
    ],
)
def test_addresses_are_found(text, found):
    """Each address or range is returned once, in order; versions, times and out-of-range numbers are not."""
    assert [each for each in addresses_in([text]) if each != "::"] == found


def test_the_number_is_capped():
    """A text full of addresses gives the first of them only."""
    text = " ".join(f"192.0.{high}.{low}" for high in range(3) for low in range(200))
    assert len(addresses_in([text])) == MAX_FOUND
