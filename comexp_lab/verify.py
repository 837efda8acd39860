"""What is signed here, and how it is checked: offline, without the workspace and without the service.

Everything signed is canonical JSON (RFC 8785), signed by Ed25519 (RFC 8032). A certificate is ``{"body", "signature",
"public_key"}``; in its body are an entry of the ledger, the signed head of the Merkle tree over the ledger, and the path
from the entry to the head (RFC 9162).
"""

from __future__ import annotations

import json
from typing import Any

from comexp_lab.errors import BadInput


def canonical(document: Any) -> bytes:
    """RFC 8785: one document, one byte string."""
    import rfc8785

    return rfc8785.dumps(document)


def signed_part(head: dict[str, Any]) -> bytes:
    """The bytes of a tree head that its signature is over."""
    return canonical({name: head[name] for name in ("at", "root", "size")})


def fits(public_key: str, signature: str, message: bytes) -> bool:
    """Whether the signature is the key's over the message; key and signature in lower-case hex."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key, proof = bytes.fromhex(public_key), bytes.fromhex(signature)
        Ed25519PublicKey.from_public_bytes(key).verify(proof, message)
    except (ValueError, InvalidSignature):
        return False
    return (key.hex(), proof.hex()) == (public_key, signature)


def verify_text(text: str | bytes, public_key: str | None = None) -> list[str]:
    """What was checked and found right, a line each. Raises BadInput if one byte is not as it was signed.

    ``public_key`` (hex) is the key that it must be signed with; without it the certificate only proves to be of one piece.
    """
    document = _parse(text)
    try:
        key, body = document["public_key"], document["body"]
        said = [_key(key, public_key), _signature(key, document["signature"], body), _head(key, body["head"])]
        return [*said, _inclusion(body)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInput("This is not a certificate of comexp_lab.") from None


def _parse(text: str | bytes) -> dict[str, Any]:
    """The document, if the text is as a JSON writer puts it: a changed blank or a name given twice is a change, too."""
    try:
        text = text.decode() if isinstance(text, bytes) else text
        document = json.loads(text, parse_float=_refuse, parse_constant=_refuse)
        if not isinstance(document, dict) or set(document) != {"body", "public_key", "signature"}:
            raise ValueError
        layouts = [(None, (",", ":")), (None, (", ", ": ")), *((indent, (",", ": ")) for indent in (1, 2, 4))]
        written = {
            json.dumps(document, indent=indent, separators=marks, ensure_ascii=plain)
            for indent, marks in layouts
            for plain in (False, True)
        }
    except (ValueError, RecursionError):
        raise BadInput("This is not a certificate of comexp_lab.") from None
    if text.removesuffix("\n") not in written:
        raise BadInput("This certificate was changed: it is not written as it was.")
    return document


def _refuse(number: str) -> None:
    raise ValueError(f"{number}: a certificate counts in whole numbers, which are written in one way only")


def _key(key: str, expected: str | None) -> str:
    if expected is None:
        return f"key: {key}; compare it with the one that the workspace shows, or give that one"
    if key != expected.strip().lower():
        raise BadInput("This certificate was signed with another key than the expected one.")
    return "key: the expected one"


def _signature(key: str, signature: str, body: dict[str, Any]) -> str:
    if not fits(key, signature, canonical(body)):
        raise BadInput("This certificate is forged or was changed: its signature does not fit.")
    return "signature: fits, nothing was changed"


def _head(key: str, head: dict[str, Any]) -> str:
    if head["public_key"] != key or not fits(key, head["signature"], signed_part(head)):
        raise BadInput("This certificate is forged: the head of its ledger is not signed with its key.")
    return f"ledger: its head over {head['size']} entries is signed with the same key"


def _inclusion(body: dict[str, Any]) -> str:
    """The entry says what the certificate says, and is in the tree of the head."""
    from pymerkle import InclusionProof, InvalidProof

    line, head = body["entry"].encode(), body["head"]
    entry = json.loads(line)
    if (entry["kind"], entry["facts"].get("plan")) != ("erased", body["plan"]):
        raise BadInput("This certificate is forged: its entry of the ledger is about something else.")
    try:
        proof = InclusionProof.deserialize(body["inclusion"])
        proof.verify(proof.hasher.hash_buff(line), bytes.fromhex(head["root"]), index=entry["n"] + 1, size=head["size"], algorithm="sha256")
    except InvalidProof:
        raise BadInput("This certificate is forged: its entry is not in the ledger that it names.") from None
    return f"entry: number {entry['n']} of the ledger is this erasure"
