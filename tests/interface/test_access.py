import pytest
from starlette.datastructures import Headers

from interface.access import Access, RefusedError


def access(share=False, **environment):
    return Access.from_environment(environment, share)


def check(rules, host, **headers):
    rules.check(Headers({"host": host} | headers))


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:7860", "127.0.0.1:7860", "[::1]:7860", "LOCALHOST"),
        *("user-digits.hf.space", "0123abcd.gradio.live"),
    ],
)
def test_loopback_spaces_and_share_links_are_allowed(host):
    check(access(), host)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:7860", "192.168.1.5:7860", "", "localhost@evil.example"),
        *("localhost.evil.example", "hf.space.evil.example", "evilhf.space", "a b", "[::1"),
    ],
)
def test_other_hosts_are_refused(host):
    with pytest.raises(RefusedError, match="SIFFRA_ALLOWED_HOSTS") as caught:
        check(access(), host)
    assert caught.value.status == 400


def test_the_operator_allows_hosts():
    rules = access(SIFFRA_ALLOWED_HOSTS="digits.example, *.school.example,.uni.example")
    for host in ("digits.example", "a.school.example:80", "b.uni.example", "localhost"):
        check(rules, host)
    for host in ("other.example", "school.example.evil.example"):
        with pytest.raises(RefusedError):
            check(rules, host)
    check(access(SIFFRA_ALLOWED_HOSTS="*"), "anything.example")


def test_the_bound_name_is_allowed():
    check(access(GRADIO_SERVER_NAME="digits.local"), "digits.local:7860")
    with pytest.raises(RefusedError):
        check(access(GRADIO_SERVER_NAME="digits.local"), "192.168.1.5")


@pytest.mark.parametrize("name", ["0.0.0.0", "::", "[::]"])
def test_any_address_but_no_name_is_allowed_where_all_are_bound(name):
    rules = access(GRADIO_SERVER_NAME=name)
    check(rules, "192.168.1.5:7860")
    check(rules, "[fe80::1]:7860")
    with pytest.raises(RefusedError):
        check(rules, "evil.example")


def test_a_page_of_another_site_is_refused():
    rules = access(SIFFRA_ALLOWED_HOSTS="friend.example")
    check(rules, "localhost:7860", origin="http://localhost:7860")
    check(rules, "localhost:7860", origin="https://friend.example")
    check(rules, "a.hf.space", origin="https://a.hf.space")
    for origin in ("https://evil.example", "null", "https://b.hf.space", "http://localhost:1"):
        with pytest.raises(RefusedError, match="another site") as caught:
            check(rules, "localhost:7860", origin=origin)
        assert caught.value.status == 403


FORWARDED = {
    "host": "localhost",
    "x-forwarded-for": "6.6.6.6, 10.0.0.7",
    "x-forwarded-host": "digits.example",
    "x-forwarded-proto": "https",
    "x-gradio-server": "http://evil.example",
}


def sort_out(rules, peer, headers=FORWARDED):
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return rules.sort_out_proxy({"headers": raw, "client": (peer, 1)})


def test_forwarded_headers_of_strangers_are_dropped():
    headers, client = sort_out(access(), "127.0.0.1")
    assert client == "127.0.0.1"
    assert dict(headers) == {"host": "localhost"}


def test_forwarded_headers_of_a_named_proxy_are_believed():
    rules = access(SIFFRA_PROXIES="10.0.0.0/8, ::1")
    headers, client = sort_out(rules, "10.0.0.1")
    assert client == "6.6.6.6"  # 10.0.0.7 is a proxy itself
    assert headers["x-forwarded-host"] == "digits.example"
    rules.check(Headers(dict(headers) | {"origin": "https://digits.example"}))


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", "10.0.0.1"), ("unknown", "10.0.0.1"), ("10.0.0.2", "10.0.0.2"), ("\x1b[2J", "10.0.0.1")],
)
def test_a_proxy_that_names_no_client_still_has_an_address(value, expected):
    _, client = sort_out(access(SIFFRA_PROXIES="10.0.0.1"), "10.0.0.1", {"x-forwarded-for": value})
    assert client == expected


def test_the_share_tunnel_and_the_hub_are_proxies():
    assert sort_out(access(share=True), "127.0.0.1")[1] == "10.0.0.7"
    for peer in ("10.1.2.3", "9.9.9.9", "unknown"):
        assert "x-forwarded-host" in sort_out(access(SPACE_ID="user/digits"), peer)[0]
    check(access(SPACE_ID="user/digits"), "10.1.2.3:7860")


@pytest.mark.parametrize(
    "hops",
    [
        "6.6.6.6, 10.0.0.1, 5.5.5.5, 10.16.3.4",
        "5.5.5.5, 172.20.0.1, fd00::1, 127.0.0.1",
        "6.6.6.6, 5.5.5.5, unknown, , \x1b[2J",
        "6.6.6.6, 5.5.5.5:50123, 10.1.1.1:80",
        "6.6.6.6, ::ffff:5.5.5.5, ::ffff:10.1.1.1",
    ],
)
def test_a_visitor_of_a_space_cannot_choose_an_address(hops):
    _, client = sort_out(access(SPACE_ID="user/digits"), "10.1.2.3", {"x-forwarded-for": hops})
    assert client == "5.5.5.5"


def test_a_second_header_is_a_part_of_the_first():
    raw = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"5.5.5.5")]
    rules = access(SPACE_ID="user/digits")
    assert rules.sort_out_proxy({"headers": raw, "client": ("10.1.2.3", 1)})[1] == "5.5.5.5"


def test_addresses_are_written_in_one_way():
    hops = {"x-forwarded-for": "2001:DB8:0::1%\x1b[2J"}
    assert sort_out(access(SPACE_ID="user/digits"), "10.1.2.3", hops)[1] == "2001:db8::1"
    # An operator's proxy on a socket of both versions of the protocol.
    rules = access(SIFFRA_PROXIES="10.0.0.1")
    assert sort_out(rules, "::ffff:10.0.0.1", {"x-forwarded-for": "6.6.6.6"})[1] == "6.6.6.6"


def test_a_proxy_that_is_no_address_is_an_error():
    with pytest.raises(ValueError, match="nginx"):
        access(SIFFRA_PROXIES="nginx")
