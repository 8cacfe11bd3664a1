#!/usr/bin/env python3
"""Computes the test vectors with nothing of this project: Python's hmac, hashlib and base64, and openssl for ed25519.

    python3 shared/vectors/generate.py          writes the files
    python3 shared/vectors/generate.py --check  says whether the files are what it would write

Bodies are given as base64 too, because a body is bytes: some have line ends and letters beyond ASCII.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent

SECRET = "whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c"
OTHER_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

LOGIN = (
    '{"event":"user.login","timestamp":"2025-06-15T14:30:00.000Z","data":{"userId":"usr_abc123",'
    '"username":"testuser","ip":"192.168.1.100","hwid":"HWID-A1B2C3D4","appId":"app_xyz789"}}'
)
VALIDATED = (
    '{"event":"license.validated","timestamp":"2026-04-10T15:30:00.000Z","data":{"licenseKey":"A3K9-BFWX-7NP2-QHDT",'
    '"appId":"550e8400-e29b-41d4-a716-446655440000","status":"active","hwid":"a1b2c3d4e5f6"}}'
)
UNICODE = (
    '{"event":"user.ban","timestamp":"2026-04-10T15:30:00.000Z","data":{"userId":"usr_1","username":"Zoë 🚫",'
    '"reason":"naïve \\"quotes\\" / slashes\\n\u2028","bannedBy":"root","appId":"app_1"}}'
)


def as_standard(body: str) -> str:
    """The same event in the envelope of the profile `standard`."""
    assert body.startswith('{"event":')
    return '{"type":' + body[len('{"event":'):]


def vector(name: str, profile: str, secrets: list, headers: dict, body: str, verifies: bool, **more) -> dict:
    raw = body.encode("utf-8")
    return {
        "name": name,
        "profile": profile,
        "secrets": secrets,
        "headers": headers,
        "body": body,
        "bodyBase64": base64.b64encode(raw).decode(),
        "bodyBytes": len(raw),
        "verifies": verifies,
        **more,
    }


def authforge_signature(secret: str, body: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body.encode("utf-8"), hashlib.sha256).hexdigest()


def standard_signature(secret: str, message_id: str, seconds: int, body: str) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    content = f"{message_id}.{seconds}.".encode() + body.encode("utf-8")
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def authforge(name: str, secret: str, body: str, verifies: bool = True, signed: str = "", **more) -> dict:
    headers = {
        "content-type": "application/json",
        "x-authforge-event": json.loads(body)["event"],
        "x-authforge-timestamp": json.loads(body)["timestamp"],
        "x-authforge-signature": authforge_signature(secret, signed or body),
        "webhook-id": "evt_01k0000000000000000000000a",
    }
    return vector(name, "authforge", more.pop("secrets", [secret]), headers, body, verifies, **more)


def standard(name: str, signers: list, body: str, at: int, verifies: bool = True, **more) -> dict:
    message_id = "evt_01k0000000000000000000000a"
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(standard_signature(secret, message_id, at, body) for secret in signers),
    }
    secrets = more.pop("secrets", signers[:1])
    return vector(name, "standard", secrets, headers, body, verifies, now=more.pop("now", at + 1), **more)


def authon(name: str, sent: str, secrets: list, body: str, verifies: bool = True) -> dict:
    headers = {"content-type": "application/json", "x-webhook-secret": sent, "x-webhook-event": json.loads(body)["event"]}
    return vector(name, "authon", secrets, headers, body, verifies)


def ed25519(body: str, at: int) -> dict:
    """Signs with openssl. The key is that of RFC 8032, 7.1, test 1, so that anybody can make it again."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    message_id = "evt_01k0000000000000000000000a"
    with tempfile.TemporaryDirectory() as folder:
        key, content = pathlib.Path(folder, "key.der"), pathlib.Path(folder, "content")
        # PKCS#8 of a bare seed: a fixed head and 32 bytes (RFC 8410).
        key.write_bytes(bytes.fromhex("302e020100300506032b657004220420") + seed)
        content.write_bytes(f"{message_id}.{at}.".encode() + body.encode("utf-8"))
        command = ["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", str(key), "-in", str(content)]
        signature = subprocess.run(command, check=True, capture_output=True).stdout
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": "v1a," + base64.b64encode(signature).decode(),
    }
    secrets = ["whpk_" + base64.b64encode(public).decode()]
    return vector("ed25519 signature", "standard", secrets, headers, body, True, now=at + 1)


AT = 1775835000

FILES = {
    "authon.json": [
        authon("the secret in the header", SECRET, [SECRET], LOGIN),
        authon("the second of two secrets", OTHER_SECRET, [SECRET, OTHER_SECRET], LOGIN),
        authon("another secret", OTHER_SECRET, [SECRET], LOGIN, verifies=False),
        authon("a secret that only starts alike", SECRET + "0", [SECRET], LOGIN, verifies=False),
    ],
    "authforge.json": [
        authforge("the wire contract's example", SECRET, VALIDATED),
        authforge("letters beyond ASCII and escapes", SECRET, UNICODE),
        authforge("the second of two secrets", OTHER_SECRET, VALIDATED, secrets=[SECRET, OTHER_SECRET]),
        authforge("another secret", OTHER_SECRET, VALIDATED, verifies=False, secrets=[SECRET]),
        authforge("a body written again with spaces", SECRET, json.dumps(json.loads(VALIDATED)), False, signed=VALIDATED),
    ],
    "standard.json": [
        standard("one signature", [SECRET], as_standard(VALIDATED), AT),
        standard("letters beyond ASCII and escapes", [SECRET], as_standard(UNICODE), AT),
        standard("two signatures, ours is the first", [SECRET, OTHER_SECRET], as_standard(LOGIN), AT, secrets=[SECRET]),
        standard("two signatures, ours is the second", [OTHER_SECRET, SECRET], as_standard(LOGIN), AT, secrets=[SECRET]),
        standard("at the edge of the tolerance, old", [SECRET], as_standard(LOGIN), AT, now=AT + 300),
        standard("at the edge of the tolerance, new", [SECRET], as_standard(LOGIN), AT, now=AT - 300),
        standard("too old", [SECRET], as_standard(LOGIN), AT, False, now=AT + 301),
        standard("too new", [SECRET], as_standard(LOGIN), AT, False, now=AT - 301),
        standard("another secret", [OTHER_SECRET], as_standard(LOGIN), AT, False, secrets=[SECRET]),
        ed25519(as_standard(LOGIN), AT),
    ],
}

# Written down in the wire contract before this file existed; a change here would be a change of the contract.
assert FILES["authforge.json"][0]["headers"]["x-authforge-signature"] == (
    "sha256=8068121cada12450c4259daa2dfc663eda2b35a0ffc713f7df7812af46f418d4"
)
assert FILES["authforge.json"][0]["bodyBytes"] == 199


def main() -> int:
    stale = []
    for name, vectors in FILES.items():
        text = json.dumps(vectors, indent=2, ensure_ascii=True) + "\n"
        file = HERE / name
        if "--check" not in sys.argv:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            stale.append(name)
    print(f"stale: {', '.join(stale)}" if stale else f"{sum(map(len, FILES.values()))} vectors")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
