"""Keys, session tokens and logins: what each opens, and what who shows none is told."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import uvloop

from runtime.api_keys import ApiKey
from runtime.settings import Settings
from server.api.safety.tokens import BadToken, Tokens
from tests.server.service_recorder import Recorder, running

CALLS, OPERATES, BOTH = "a-key-that-holds-calls", "a-key-that-operates", "a-key-that-does-both"
KEYS = [
    ApiKey(name="kiosk", key=CALLS),
    ApiKey(name="desk", key=OPERATES, scopes=["operate"]),
    ApiKey(name="owner", key=BOTH, scopes=["call", "operate"]),
]
SHOP = "https://shop.example"
OFFER = {"sdp": "v=0", "type": "offer"}
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}

Story = Callable[[httpx.AsyncClient, Recorder], Awaitable[None]]


def told(story: Story, **settings: Any) -> Recorder:
    async def body() -> Recorder:
        recorder = Recorder()
        async with running(recorder, Settings(**{"api_keys": KEYS, **settings})) as client:
            await story(client, recorder)
        return recorder

    return uvloop.run(body())


def bearer(shown: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {shown}"}


async def token_of(client: httpx.AsyncClient, **wish: Any) -> str:
    answer = await client.post("/tokens", json=wish, headers=bearer(CALLS))
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["data"]["token"]
    return token


def test_a_key_is_shown_in_either_header() -> None:
    async def story(client: httpx.AsyncClient, _: Recorder) -> None:
        for headers in (bearer(CALLS), {"X-API-Key": CALLS}, {"authorization": f"bearer {CALLS}"}):
            assert (await client.post("/offer", json=OFFER, headers=headers)).status_code == 200
        for headers in (
            {},
            bearer(CALLS + "x"),
            {"X-API-Key": ""},
            {"Authorization": "Basic eDp5"},
        ):
            answer = await client.post("/offer", json=OFFER, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert "api_keys" in answer.json()["msg"]
        refused = await client.post("/offer", json=OFFER, headers=bearer(OPERATES))
        assert refused.status_code == 403
        assert refused.json()["msg"] == "the key 'desk' allows operate; this needs: call"

    told(story)


def test_pages_and_health_checks_need_no_key() -> None:
    async def story(client: httpx.AsyncClient, _: Recorder) -> None:
        for path in ("/", "/main.js", "/healthz", "/livez", "/readyz", "/docs", "/openapi.json"):
            assert (await client.get(path)).status_code == 200

    told(story)


def test_a_token_begins_sessions_for_the_pages_that_it_is_for() -> None:
    async def story(client: httpx.AsyncClient, _: Recorder) -> None:
        refused = await client.options("/offer", headers={**PREFLIGHT, "Origin": SHOP})
        assert refused.status_code == 403
        assert "cors_origins" in refused.json()["msg"]
        token = await token_of(client, origins=[SHOP], seconds=30)
        asked = await client.options("/offer", headers={**PREFLIGHT, "Origin": SHOP})
        assert asked.headers["access-control-allow-origin"] == SHOP
        assert "authorization" in asked.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in asked.headers
        from_shop = {**bearer(token), "Origin": SHOP}
        begun = await client.post("/offer", json=OFFER, headers=from_shop)
        assert begun.status_code == 200
        assert begun.headers["access-control-allow-origin"] == SHOP
        for headers in (bearer(token), {**bearer(token), "Origin": "https://thief.example"}):
            answer = await client.post("/offer", json=OFFER, headers=headers)
            assert answer.status_code == 403
            assert SHOP in answer.json()["msg"]
        closed = await client.get("/operations", headers=from_shop)
        assert (closed.status_code, "operate" in closed.json()["msg"]) == (403, True)
        again = await client.post("/tokens", json={}, headers=from_shop)
        assert again.status_code == 403

    told(story)


def test_a_token_for_one_avatar_shows_no_other() -> None:
    async def story(client: httpx.AsyncClient, recorder: Recorder) -> None:
        headers = bearer(await token_of(client, avatar="tomas"))
        for wanted in (None, "tomas"):
            body = {**OFFER, "avatar": wanted}
            assert (await client.post("/offer", json=body, headers=headers)).status_code == 200
        assert [call[3] for call in recorder.asked if call[0] == "open"] == ["tomas", "tomas"]
        refused = await client.post("/offer", json={**OFFER, "avatar": "pip"}, headers=headers)
        assert (refused.status_code, "'tomas' alone" in refused.json()["msg"]) == (403, True)
        change = {"sessionid": "abc", "avatar": "pip"}
        assert (await client.post("/avatar", json=change, headers=headers)).status_code == 403

    told(story)


def test_a_token_that_has_ended_begins_nothing_and_holds_its_session() -> None:
    now = [1000.0]
    tokens = Tokens(clock=lambda: now[0])
    token = tokens.session("kiosk", 30, "", [SHOP])
    assert tokens.may_come(SHOP)
    assert tokens.read_session(tokens.coded(token)) == token
    now[0] = 1030.0
    assert not tokens.may_come(SHOP)
    assert tokens.read_session(tokens.coded(token)).ended(now[0])
    for wrong in ("", "x.y.z", tokens.login("kiosk"), Tokens().coded(token)):
        with pytest.raises(BadToken):
            tokens.read_session(wrong)

    async def story(client: httpx.AsyncClient, _: Recorder) -> None:
        ended = Tokens("north" * 8, lambda: time.time() - 100).session("kiosk", 1, "", [])
        headers = bearer(Tokens("north" * 8).coded(ended))
        begun = await client.post("/offer", json=OFFER, headers=headers)
        assert (begun.status_code, "has ended" in begun.json()["msg"]) == (401, True)
        say = {"sessionid": "abc", "type": "echo", "text": "On."}
        assert (await client.post("/human", json=say, headers=headers)).status_code == 200
        query = headers["Authorization"].removeprefix("Bearer ")
        close = await client.post(f"/close?token={query}", json={"sessionid": "abc"})
        assert close.status_code == 200
        strange = bearer(Tokens("north" * 8).coded(Tokens().session("gone", 60, "", [])))
        assert (await client.post("/offer", json=OFFER, headers=strange)).status_code == 401

    told(story, token_secret="north" * 8)


def test_a_login_is_a_cookie_for_pages_of_this_server() -> None:
    async def story(client: httpx.AsyncClient, _: Recorder) -> None:
        assert (await client.post("/login", json={"key": "wrong"})).status_code == 401
        assert (await client.get("/operations")).status_code == 401
        answer = await client.post("/login", json={"key": BOTH})
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert BOTH not in cookie
        assert (await client.post("/offer", json=OFFER)).status_code == 200
        assert (await client.get("/outputs")).status_code == 200
        foreign = await client.post("/offer", json=OFFER, headers={"Origin": SHOP})
        assert foreign.status_code == 403
        await client.post("/logout")
        assert (await client.get("/outputs")).status_code == 401

    told(story)


def test_no_key_is_ever_written_down(caplog: pytest.LogCaptureFixture) -> None:
    wrong = "some-other-server's-key"

    async def story(client: httpx.AsyncClient, _: Recorder) -> None:
        token = await token_of(client)
        for shown in (CALLS, wrong, token):
            await client.post("/offer", json=OFFER, headers=bearer(shown))
            await client.get("/config", headers={"X-API-Key": shown})
        await client.get(f"/avatars?token={token}")
        await client.post("/login", json={"key": BOTH})
        told = (await client.get("/api/admin/config", headers=bearer(BOTH))).text
        assert "kiosk" in told
        ours = [one for one in caplog.records if not one.name.startswith("http")]  # no client's
        written = (
            str([one.getMessage() for one in ours])
            + told
            + str(Settings(api_keys=KEYS, token_secret="north" * 8))
        )
        for secret in (CALLS, BOTH, wrong, token, "north"):
            assert secret not in written

    with caplog.at_level(logging.DEBUG):
        told(story, log_level="debug", token_secret="north" * 8)


def test_what_costs_is_counted_for_each_key_and_each_address() -> None:
    async def story(client: httpx.AsyncClient, _: Recorder) -> None:
        async def offer(shown: str, address: str = "") -> int:
            headers = {**bearer(shown), **({"X-Forwarded-For": address} if address else {})}
            answer = await client.post("/offer", json=OFFER, headers=headers)
            if answer.status_code == 429:
                assert 1 <= int(answer.headers["retry-after"]) <= 60
                assert "2 a minute" in answer.json()["msg"]
            return answer.status_code

        assert [await offer(CALLS, f"203.0.113.{n}") for n in range(3)] == [200, 200, 429]
        assert await offer(BOTH) == 200
        token = await token_of(client)
        assert [await offer(token, "203.0.113.1") for _ in range(3)] == [200, 200, 429]
        assert await offer(token, "203.0.113.2") == 200
        shared = [await offer(token, f"2001:db8::{n}") for n in range(3)]
        assert shared == [200, 200, 429]
        assert await offer(token, "2001:db8:0:1::1") == 200

    told(story, offers_per_minute=2)


def test_texts_are_counted_where_they_cost() -> None:
    found: list[int] = []

    async def story(client: httpx.AsyncClient, recorder: Recorder) -> None:
        say = {"sessionid": "abc", "type": "echo", "text": "Hello."}
        for _ in range(3):
            found.append((await client.post("/human", json=say)).status_code)

    told(story, api_keys=[], texts_per_minute=2, llm={"url": "http://localhost/v1", "model": "m"})
    told(story, api_keys=[], texts_per_minute=2)
    assert found == [200, 200, 429, 200, 200, 200]


def test_a_proxy_that_is_not_trusted_is_not_believed() -> None:
    async def story(client: httpx.AsyncClient, _: Recorder) -> None:
        found = [
            (await client.post("/offer", json=OFFER, headers={"X-Forwarded-For": f"10.0.0.{n}"}))
            for n in range(3)
        ]
        assert [answer.status_code for answer in found] == [200, 200, 429]

    told(story, api_keys=[], offers_per_minute=2, trusted_proxies=["192.0.2.0/24"])
