"""Which addresses of the network a request may go to."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.urls import ascii_host
from bot.ingest.http.ssrf import (
    BAD_PORTS,
    host_refusal,
    literal_address,
    port_refusal,
    refusal,
    url_refusal,
)

REFUSED_ADDRESSES = {
    "this-network": ("0.0.0.0", "this machine"),
    "this-network-last": ("0.255.255.255", "this machine"),
    "loopback": ("127.0.0.1", "loopback"),
    "loopback-other": ("127.8.8.8", "loopback"),
    "private-10": ("10.0.0.1", "private"),
    "private-10-last": ("10.255.255.255", "private"),
    "private-172-first": ("172.16.0.1", "private"),
    "private-172-last": ("172.31.255.254", "private"),
    "private-192": ("192.168.1.1", "private"),
    "cgnat-first": ("100.64.0.1", "carrier"),
    "cgnat-last": ("100.127.255.254", "carrier"),
    "link-local": ("169.254.1.1", "link-local"),
    "metadata-aws-gcp-azure": ("169.254.169.254", "metadata"),
    "metadata-aws-containers": ("169.254.170.2", "link-local"),
    "metadata-alibaba": ("100.100.100.200", "metadata"),
    "metadata-azure-wire-server": ("168.63.129.16", "metadata"),
    "metadata-oracle": ("192.0.0.192", "metadata"),
    "metadata-aws-ipv6": ("fd00:ec2::254", "metadata"),
    "metadata-gcp-ipv6": ("fd20:ce::254", "metadata"),
    "protocol-assignments": ("192.0.0.8", "protocols"),
    "documentation-1": ("192.0.2.1", "documentation"),
    "documentation-2": ("198.51.100.7", "documentation"),
    "documentation-3": ("203.0.113.9", "documentation"),
    "as112": ("192.31.196.1", "protocols"),
    "amt": ("192.52.193.1", "protocols"),
    "as112-direct": ("192.175.48.6", "protocols"),
    "6to4-relay": ("192.88.99.1", "6to4"),
    "benchmark-first": ("198.18.0.1", "measurements"),
    "benchmark-last": ("198.19.255.254", "measurements"),
    "multicast": ("224.0.0.1", "multicast"),
    "multicast-last": ("239.255.255.250", "multicast"),
    "reserved": ("240.0.0.1", "reserved"),
    "broadcast": ("255.255.255.255", "broadcast"),
    "ipv6-unspecified": ("::", "this machine"),
    "ipv6-loopback": ("::1", "loopback"),
    "ipv6-unique-local-fc": ("fc00::1", "unique local"),
    "ipv6-unique-local-fd": ("fd12:3456::1", "unique local"),
    "ipv6-link-local": ("fe80::1", "link-local"),
    "ipv6-link-local-with-zone": ("fe80::1%eth0", "zone"),
    "ipv6-global-with-zone": ("2606:4700::1111%1", "zone"),
    "ipv6-site-local": ("fec0::1", "site-local"),
    "ipv6-multicast": ("ff02::1", "multicast"),
    "ipv6-documentation": ("2001:db8::1", "documentation"),
    "ipv6-documentation-new": ("3fff::1", "documentation"),
    "ipv6-discard": ("100::1", "discards"),
    "ipv6-benchmark": ("2001:2::1", "protocols"),
    "ipv6-orchid": ("2001:20::1", "protocols"),
    "ipv6-as112": ("2620:4f:8000::1", "protocols"),
    "ipv6-segment-routing": ("5f00::1", "segment"),
    "ipv6-not-handed-out": ("4000::1", "not handed out"),
    "mapped-loopback": ("::ffff:127.0.0.1", "mapped"),
    "mapped-private": ("::ffff:10.0.0.1", "mapped"),
    "mapped-metadata": ("::ffff:a9fe:a9fe", "mapped"),
    "mapped-public": ("::ffff:8.8.8.8", "mapped"),
    "translated-loopback": ("::ffff:0:127.0.0.1", "translated"),
    "compatible-loopback": ("::127.0.0.1", "compatible"),
    "nat64-loopback": ("64:ff9b::127.0.0.1", "NAT64"),
    "nat64-metadata": ("64:ff9b::a9fe:a9fe", "NAT64"),
    "nat64-local": ("64:ff9b:1::10.0.0.1", "NAT64"),
    "6to4-loopback": ("2002:7f00:1::", "6to4"),
    "6to4-private": ("2002:c0a8:101::1", "6to4"),
    "teredo": ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
}
REFUSED_HOSTS = {
    "decimal": "2130706433",
    "decimal-public": "134744072",
    "hexadecimal": "0x7f000001",
    "hexadecimal-capital": "0X7F000001",
    "hexadecimal-empty": "0x",
    "octal-parts": "0177.0.0.1",
    "octal-whole": "017700000001",
    "hexadecimal-parts": "0x7f.0x0.0x0.0x1",
    "mixed-parts": "0x7f.1",
    "two-parts": "127.1",
    "three-parts": "127.0.1",
    "trailing-dot": "127.0.0.1.",
    "leading-zeros": "127.000.000.001",
    "too-large-part": "256.1.1.1",
    "zone": "fe80::1%25eth0",
    "percent-encoded": "127.0.0.1%00",
    "full-width-digits": "１２７.0.0.1",
    "circled-digits": "①②⑦.⓪.⓪.①",
    "ideographic-dots": "127。0。0。1",
    "ideographic-dots-in-a-name": "bücher。example",
    "mathematical-digits": "𝟏27.0.0.1",
    "full-width-name": "ｅｘａｍｐｌｅ.org",
    "circled-letter": "ⓔxample.org",
    "full-width-localhost": "ｌｏｃａｌｈｏｓｔ",
    "invisible-in-a-name": "exam\u200bple.org",
    "soft-hyphen-in-a-name": "exam\u00adple.org",
    "roman-numeral": "Ⅻ.example",
    "full-width-dot": "127．0．0．1",
    "symbol": "☃.example",
    "label-too-long": "é" * 64 + ".example",
    "endless": "é" * 100_000,
    "percent-beside-letters": "bücher%00.example",
    "colon-without-meaning": "::gggg",
    "empty": "",
}
REFUSED_PORTS = {
    "ssh": 22,
    "telnet": 23,
    "smtp": 25,
    "dns": 53,
    "pop3": 110,
    "imap": 143,
    "ldap": 389,
    "smtps": 465,
    "nfs": 2049,
    "sip": 5060,
    "x11": 6000,
    "irc": 6667,
    "zero": 0,
}
SECURITY_TABLE = {
    "test_addresses_that_are_not_public_are_refused": REFUSED_ADDRESSES,
    "test_hosts_in_unusual_spellings_are_refused": REFUSED_HOSTS,
    "test_ports_of_other_protocols_are_refused": REFUSED_PORTS,
}
PUBLIC = (
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "172.15.255.255",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "192.167.1.1",
    "198.17.1.1",
    "223.255.255.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
    "2400:cb00::1",
)


@pytest.mark.parametrize("case", REFUSED_ADDRESSES)
def test_addresses_that_are_not_public_are_refused(case):
    address, reason = REFUSED_ADDRESSES[case]

    assert reason in (refusal(ip_address(address)) or "")


@pytest.mark.parametrize("case", REFUSED_HOSTS)
def test_hosts_in_unusual_spellings_are_refused(case):
    assert host_refusal(REFUSED_HOSTS[case])


@pytest.mark.parametrize("case", REFUSED_PORTS)
def test_ports_of_other_protocols_are_refused(case):
    assert port_refusal(REFUSED_PORTS[case])


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_reached(address):
    assert refusal(ip_address(address)) is None


@pytest.mark.parametrize(
    "host",
    ["example.org", "a-b.example", "xn--bcher-kva.example", "8.8.8.8", "bücher.example",
     "BÜCHER.example", "bu\u0308cher.example", "통일부.한국", "例え.jp", "مثال.إختبار"],
)  # fmt: skip
def test_ordinary_hosts_are_looked_at_further(host):
    assert host_refusal(host) is None


@given(st.text(max_size=30))
def test_a_name_beyond_ascii_stays_a_name_or_is_refused(host):
    name = ascii_host(host)

    if name is not None and not host.isascii():
        assert "xn--" in name
        assert literal_address(name) is None
        assert host_refusal(host) == host_refusal(name)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://bücher.example/feed", None),
        (
            "https://ｌｏｃａｌｈｏｓｔ/",
            "a host with characters that are in no name, or that look like others",
        ),
        ("https://bücher.localhost/", "this machine itself (loopback)"),
    ],
)
def test_addresses_with_international_names_are_judged_before_connecting(url, reason):
    assert url_refusal(url) == reason


@pytest.mark.parametrize("port", [80, 443, 8000, 8080, 8443])
def test_ports_of_the_web_may_be_used(port):
    assert port_refusal(port) is None


def test_a_named_network_is_opened_and_no_other():
    allowed = (ip_network("127.0.0.0/8"),)

    assert refusal(ip_address("127.3.2.1"), allowed) is None
    assert refusal(ip_address("10.0.0.1"), allowed)
    assert refusal(ip_address("::1"), allowed)
    assert refusal(ip_address("::ffff:127.0.0.1"), allowed)


def test_an_opened_nat64_prefix_still_judges_the_address_inside():
    allowed = (ip_network("64:ff9b::/96"),)

    assert refusal(ip_address("64:ff9b::8.8.8.8"), allowed) is None
    assert refusal(ip_address("64:ff9b::10.0.0.1"), allowed) == "a private network"


def test_an_opened_6to4_prefix_still_judges_the_address_inside():
    assert refusal(ip_address("2002:7f00:1::"), (ip_network("2002::/16"),))


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_passes_that_python_knows_not_to_be_global(address: IPv4Address):
    if not address.is_global or address.is_multicast:
        assert refusal(address)


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_passes_outside_global_unicast(address: IPv6Address):
    if address not in ip_network("2000::/3") or not address.is_global:
        assert refusal(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_never_passes_in_ipv6_spelling(address: IPv4Address):
    number = int(address)
    for prefix in ("::ffff:0:0", "64:ff9b::", "::ffff:0:0:0"):
        assert refusal(IPv6Address(int(IPv6Address(prefix)) | number))
    assert refusal(IPv6Address((0x2002 << 112) | (number << 80)))


@given(st.ip_addresses(v=4), st.sampled_from(["{:d}", "{:#x}", "{:#o}"]))
def test_an_address_spelled_as_one_number_is_never_looked_up(address: IPv4Address, spelling: str):
    host = spelling.format(int(address)).replace("0o", "0")

    assert host_refusal(host)
    assert literal_address(host) is None


def test_no_port_of_the_web_is_among_the_bad_ones():
    assert not BAD_PORTS & {80, 443, 8000, 8008, 8080, 8098, 8443, 8888}
