#!/usr/bin/env python3
"""Checks `verify` of the receiver with the test vectors: python3 check_vectors.py <folder>. Exits with 1 on a failure."""

import base64
import json
import pathlib
import sys

from receiver import NotVerified, verify


def verifies(vector):
    for secret in vector["secrets"]:
        try:
            verify(base64.b64decode(vector["bodyBase64"]), vector["headers"], secret, vector["profile"], vector.get("now"))
            return True
        except NotVerified:
            pass
    return False


if __name__ == "__main__":
    checked, wrong = 0, []
    for file in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
        for vector in json.loads(file.read_text()):
            if any(secret.startswith("whpk_") for secret in vector["secrets"]):
                continue  # ed25519 is not in the standard library
            checked += 1
            if verifies(vector) != vector["verifies"]:
                wrong.append(f"{vector['profile']}: {vector['name']}")
    print(f"{checked} vectors checked, {len(wrong)} wrong")
    for name in wrong:
        print(name)
    sys.exit(1 if wrong else 0)
