"""Sealed files: the format, the damage that must be noticed, uploads that go on after a crash."""

from __future__ import annotations

import random
import secrets
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comexp_lab.errors import BadInput, Error, NotFound
from comexp_lab.store import FolderBlobs, ObjectBlobs, Vault
from comexp_lab.store import vault as format_
from comexp_lab.store.vault import CHUNK, HEADER, OVERHEAD, header, seal

ID = "00112233445566778899aabbccddeeff"
KEY = bytes(range(32))


@pytest.fixture
def vault(tmp_path) -> Vault:
    return Vault(FolderBlobs(tmp_path))


def test_vector(vault, monkeypatch) -> None:
    """The documented format, written here a second time from its description."""
    plain, chunk = b"attack at dawn, not dusk", 16

    def aad(index: int, final: int, total: int) -> bytes:
        number = chunk.to_bytes(4, "little") + index.to_bytes(8, "little") + bytes([final]) + total.to_bytes(8, "little")
        return b"CXV1" + ID.encode() + number

    cipher = AESGCM(KEY)
    stored = b"CXV1" + (16).to_bytes(4, "little")
    stored += b"n" * 12 + cipher.encrypt(b"n" * 12, plain[:16], aad(0, 0, 0))
    stored += b"m" * 12 + cipher.encrypt(b"m" * 12, plain[16:], aad(1, 1, 24))
    assert sha256(stored).hexdigest() == "e08fe1b337137a8b42424a89f8e78768f57e51fc30bdc942c12b078111c62e9f"
    vault.store.write(ID, [stored])
    assert vault.get(ID, KEY) == plain
    assert vault.open(ID, KEY).read() == plain
    nonces = iter([b"n" * 12, b"m" * 12])
    monkeypatch.setattr(format_.os, "urandom", lambda _: next(nonces))
    assert header(16) + seal(cipher, ID, 0, plain[:16], chunk=16) + seal(cipher, ID, 1, plain[16:], 24, 16) == stored


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5])
def test_any_size_any_offset(vault, size) -> None:
    data = secrets.token_bytes(size)
    blob = vault.put(data[i : i + 70_001] for i in range(0, size, 70_001))
    assert (blob.bytes, blob.sha256) == (size, sha256(data).hexdigest())
    assert vault.get(blob.id, blob.key) == data
    with vault.open(blob.id, blob.key) as file:
        for _ in range(20):
            offset, length = random.randrange(size + 2), random.randrange(2 * CHUNK)
            file.seek(offset)
            assert file.read(length) == data[offset : offset + length]
        assert file.seek(0, 2) == size and file.read() == b""


def test_memory_and_object_stores() -> None:
    from obstore.store import MemoryStore

    vault = Vault(ObjectBlobs(MemoryStore(), "media/"))
    data = secrets.token_bytes(CHUNK + 77)
    blob = vault.put(data)
    assert vault.get(blob.id, blob.key) == data and list(vault.store.ids()) == [blob.id]
    assert vault.open(blob.id, blob.key).read(100) == data[:100]
    assert vault.get_many([(blob.id, blob.key)] * 9) == [data] * 9
    vault.delete(blob.id)
    with pytest.raises(NotFound):
        vault.get(blob.id, blob.key)


def _read_all(vault: Vault, blob: str, key: bytes) -> list[bytes]:
    """What each way of reading returns; each must refuse, or return the truth."""
    found = []
    for read in (lambda: vault.get(blob, key), lambda: vault.open(blob, key).read(), lambda: vault.open(blob, key).read(7)):
        try:
            found.append(read())
        except Error:
            found.append(None)
    return found


def test_every_mutation_is_noticed(vault) -> None:
    data = secrets.token_bytes(3 * CHUNK + 1234)
    blob, other = vault.put(data), vault.put(data)
    path = vault.path(blob.id)
    stored, step = path.read_bytes(), CHUNK + OVERHEAD
    chunks = [stored[HEADER + i * step : HEADER + (i + 1) * step] for i in range(4)]
    rng = random.Random(0)
    mutants = [vault.path(other.id).read_bytes(), b"", stored[:HEADER], stored + b"\0", stored + chunks[-1], stored + chunks[0]]
    mutants += [stored[:n] for n in (HEADER + step, HEADER + 2 * step, HEADER + 3 * step, len(stored) - 1, HEADER + 5)]
    mutants += [header() + b"".join(order) for order in ([*chunks[1::-1], *chunks[2:]], chunks[1:], [chunks[0], *chunks[2:]], chunks[:3])]
    for _ in range(400):
        at = rng.randrange(len(stored))
        mutants.append(stored[:at] + bytes([stored[at] ^ (1 << rng.randrange(8))]) + stored[at + 1 :])
    assert all(mutant != stored for mutant in mutants)
    for mutant in mutants:
        path.write_bytes(mutant)
        whole, opened, start = _read_all(vault, blob.id, blob.key)
        assert whole is None and opened is None, "altered bytes came out"
        assert start in (None, data[:7])
    path.write_bytes(stored)
    assert vault.get(blob.id, blob.key) == data
    with pytest.raises(BadInput):
        vault.get(blob.id, other.key)


def test_names_say_nothing_and_files_are_private(vault, tmp_path) -> None:
    blob = vault.put(b"x")
    path = vault.path(blob.id)
    assert path.parent.name == blob.id[:2] and path.stat().st_mode & 0o777 == 0o600
    assert vault.put(b"x").id != blob.id and b"x" * 8 not in path.read_bytes()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(sizes=st.lists(st.sampled_from([0, 1, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3]), max_size=6), crash=st.lists(st.booleans()))
def test_uploads_go_on(tmp_path_factory, sizes, crash) -> None:
    """However it is cut into appends and wherever the process dies between them, the file is the same."""
    vault = Vault(FolderBlobs(tmp_path_factory.mktemp("v")))
    upload = vault.begin()
    whole = b""
    for number, size in enumerate(sizes):
        piece = secrets.token_bytes(size)
        assert upload.append(piece) == len(whole) + size
        whole += piece
        if number < len(crash) and crash[number]:
            upload = vault.resume(upload.id, upload.key)
            assert upload.offset == len(whole)
    blob = upload.finish()
    assert (blob.bytes, blob.sha256) == (len(whole), sha256(whole).hexdigest())
    assert vault.get(blob.id, blob.key) == whole
    assert [path.name for path in vault.path(blob.id).parent.iterdir()] == [blob.id]
    with pytest.raises(NotFound):
        vault.resume(blob.id, blob.key)


def test_upload_torn_at_any_point_keeps_what_was_acknowledged(tmp_path) -> None:
    """An append that died after writing some of its bytes: they are dropped, the acknowledged ones stay."""
    vault = Vault(FolderBlobs(tmp_path))
    upload = vault.begin()
    first = secrets.token_bytes(CHUNK + 100)
    upload.append(first)
    part = vault.path(upload.id).with_suffix(".part")
    before = part.read_bytes(), part.with_suffix(".tail").read_bytes()
    upload.append(secrets.token_bytes(3 * CHUNK))
    torn = part.read_bytes()
    for cut in (len(before[0]), len(before[0]) + 1, len(before[0]) + CHUNK + OVERHEAD, len(torn)):
        part.write_bytes(torn[:cut])
        part.with_suffix(".tail").write_bytes(before[1])
        again = vault.resume(upload.id, upload.key)
        assert again.offset == len(first)
    rest = secrets.token_bytes(2 * CHUNK)
    again.append(rest)
    blob = again.finish()
    assert vault.get(blob.id, blob.key) == first + rest
    vault.begin().abandon()


def test_failed_write_leaves_nothing(vault, tmp_path) -> None:
    def broken():
        yield b"x" * 3 * CHUNK
        raise BadInput("the source ended")

    with pytest.raises(BadInput):
        vault.put(broken())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
