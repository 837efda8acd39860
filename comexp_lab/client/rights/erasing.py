"""Erasing, as a notebook sees it: a plan to look at, a word to confirm it, an erasure that goes on by itself, a certificate."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, overload

from comexp_lab.api import ErasureCertificate, ErasureExecute, ErasureOut, ErasurePlan, ErasureStatus
from comexp_lab.client.connection import Connection, body
from comexp_lab.client.rights.progress import Line
from comexp_lab.client.rights.tables import Followed, Said
from comexp_lab.client.show import forgiving, size, table
from comexp_lab.errors import Conflict
from comexp_lab.verify import verify_text

PATIENCE_S = 15.0  # for trouble that may go by itself: a file that somebody else is just writing


class Proof(Said, ErasureCertificate):
    """The signed certificate of an erasure."""

    def verify(self) -> bool:
        """True if the certificate is genuine and unchanged; raises BadInput otherwise. Needs no service."""
        verify_text(self.model_dump_json())
        return True

    def save(self, path: str | Path) -> Path:
        target = Path(path).expanduser().absolute()
        target.write_text(self.model_dump_json(indent=1))
        return target

    def __repr__(self) -> str:
        return f"Proof(erased: {self.body['what']}, unreadable since {_moment(self.body['times']['unreadable'])})"

    def _repr_html_(self) -> str:
        scan = self.body["scan"]
        rows = [[name, "yes" if good else "NO"] for name, good in self.body["checks"].items()]
        rows.append([f"search of {scan['files']:,} files ({size(scan['bytes'])}) for {scan['needles']} pieces", f"{scan['hits']} found"])
        rows.append(["the search had found the same pieces where they were put", "yes" if scan["control"] else "NO"])
        return table(f"Erased: {self.body['what']}, unreadable since {_moment(self.body['times']['unreadable'])}", ["check", ""], rows)


class Correction(Proof):
    """The certificate of a correction. ``stale`` names what was made before and still has the former value."""

    _stale: list[str]

    @property
    def stale(self) -> list[str]:
        return self._stale

    def __repr__(self) -> str:
        left = f"; still with the former value: {', '.join(self._stale)}" if self._stale else ""
        return f"Corrected(nothing of the former value is left{left})"

    def _repr_html_(self) -> str:
        return table(repr(self), [""], [[text] for text in self._stale], "") + super()._repr_html_()


class Erasure(Followed[ErasureOut]):
    """An erasure that was confirmed. It goes on in the lab service: ``lab.rights.erasures[0]`` finds it again."""

    @property
    def info(self) -> ErasureOut:
        if self._info.certificate is None:
            self._info = self._connection.get(f"/rights/erasures/{self.id}", ErasureOut)
        return self._info

    @property
    def status(self) -> ErasureStatus:
        """From ``unreadable`` on nobody can read it; ``certified`` at the end."""
        return self.info.status

    @property
    def trouble(self) -> str:
        """What keeps it from being certified, if anything does."""
        return self.info.trouble

    @property
    def certificate(self) -> Proof | None:
        """The signed certificate; None as long as it is not certified."""
        found = self.info.certificate
        return None if found is None else Proof(**found.model_dump())

    def wait(self, timeout_s: float | None = None) -> Proof:
        """Return the certificate when there is one. What keeps it from being made is tried again, and raised as Conflict if it stays."""
        line, pause, patience = Line(), 0.02, 0.0
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        try:
            while (proof := self.certificate) is None:
                info = self._info
                patience = patience or time.monotonic() + PATIENCE_S if info.trouble else 0.0
                if patience and time.monotonic() > patience:
                    raise Conflict(
                        f"{_since(info)} It is not certified: {info.trouble} Try again now: lab.rights.erasures[{self.name!r}].retry()"
                    )
                if deadline is not None and time.monotonic() > deadline:
                    raise TimeoutError(f"{_since(info)} It is not certified yet after {timeout_s:.0f} s; it goes on.")
                line.say(f"{_since(info)} {info.message}".strip())
                time.sleep(pause)
                pause = min(pause * 1.3, 0.3)
            line.say(f"{_since(self._info)} Certified.")
        finally:
            line.end()
        return proof

    def retry(self) -> Proof:
        """Go on after what kept it from being certified was mended; waits for the certificate."""
        self._connection.request("POST", f"/rights/erasures/{self.id}/retry")
        return self.wait()

    def act(self, path: str | Path) -> Path:
        """Write the Russian act of destruction (order 179 of Roskomnadzor) as HTML."""
        target = Path(path).expanduser().absolute()
        self._connection.download(f"/rights/erasures/{self.id}/act", target)
        return target

    def _row(self) -> list[Any]:
        info = self._info
        return [self.name, info.what, info.status, _moment(info.unreadable), info.trouble or info.message]

    @forgiving
    def __repr__(self) -> str:
        info = self.info
        what = "Correction" if info.correction else "Erasure"
        return f"{what}({self.name} of {info.what}: {info.status}. {_since(info)} {info.trouble})".replace(" )", ")")


class Plan(Said, ErasurePlan):
    """What an erasure would destroy. Nothing is touched before ``plan.execute(confirm=plan.hash)``."""

    _connection: Connection

    @overload
    def execute(self, confirm: str, *, wait: Literal[True] = True) -> Proof: ...
    @overload
    def execute(self, confirm: str, *, wait: Literal[False]) -> Erasure: ...
    def execute(self, confirm: str, *, wait: bool = True) -> Proof | Erasure:
        """Destroy it for good. ``confirm`` is the plan's hash, or its ``confirm_text`` as you typed it.

        Waits for the certificate, unless told not to: nobody can read it any more when this returns either way.
        """
        wanted = body(ErasureExecute, hash=self.hash, confirm=confirm)
        path = f"/rights/erasures/{self.id}/execute"
        erasure = Erasure(self._connection, self._connection.send("POST", path, wanted, ErasureOut, again=True))
        return erasure.wait() if wait else erasure

    def __repr__(self) -> str:
        if self.correction:
            return f"Plan(correcting {', '.join(f'{row.kind}: {row.items}' for row in self.rows) or self.name}; nothing is touched yet)"
        return f"Plan(erasing {self.name!r}: {size(self.bytes)}, {len(self.models)} models, {len(self.runs)} runs; nothing is touched yet)"

    def _repr_html_(self) -> str:
        again = set(self.retrain)
        rows: list[list[Any]] = [[row.kind, row.items, size(row.bytes) if row.bytes else "", row.where] for row in self.rows]
        rows += [["model that saw it" + ", trained anew without it" * (name in again), 1, "", name] for name in self.models]
        rows += [["runs that saw it", len(self.runs), "", "catalog, encrypted"]] * bool(self.runs)
        rows += [["stays", "", "", text] for text in self.stays]
        rows += [["still with the former value", 1, "", text] for text in self.stale]
        title = f"Correcting in {self.name}" if self.correction else f"Erasing {self.name} destroys {size(self.bytes)}"
        return table(title, ["what", "items", "bytes", "where"], rows)


def _since(info: ErasureOut) -> str:
    if info.unreadable is None:
        return ""
    took = (datetime.fromisoformat(info.unreadable) - datetime.fromisoformat(info.intended)).total_seconds()
    return f"Unreadable since {_moment(info.unreadable)}, {took:.1f} s after you confirmed."


def _moment(text: str | None) -> str:
    return "" if text is None else datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")
