"""The steps of an erasure. Each may be done again: after a crash, or because something refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from comexp_lab.api import CertificateFacts, CertificateTimes, DestroyedKey, Exempt, TouchedModels
from comexp_lab.errors import Error
from comexp_lab.rights import certificate, correction, ledger, lineage, remains, traces
from comexp_lab.rights.erasure.planning import STAYS, Planner
from comexp_lab.rights.erasure.state import Erasure, Reach
from comexp_lab.rights.lineage import Lineage
from comexp_lab.rights.mentions import Stays
from comexp_lab.rights.naming import Naming
from comexp_lab.rights.traces import Traces
from comexp_lab.store import erase as store_erase

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

REMEDIES = ["You may complain to the data protection authority of your country, and go to court: see the list in the panel."]
BACKUPS = (
    "Backups hold ciphertext whose key is destroyed. The list of what was erased is kept outside of the workspace: "
    "when a backup is restored, it is destroyed again before anything can be read."
)


class Steps:
    """``say`` tells how far an erasure is. A step returns what the ledger is told: facts in the clear, and what is sealed."""

    def __init__(self, workspace: Workspace, hands: Reach, planner: Planner, say: Callable[[Erasure, str], None]) -> None:
        self._workspace, self._hands, self._planner, self._say = workspace, hands, planner, say
        self._ledger, self._searching = ledger.of(workspace), threading.Lock()

    def fenced(self, erasure: Erasure) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Nobody begins anything new, everything under way ends; what saw the data is looked up once more, now that it is still."""
        what, dataset = erasure.facts["what"], erasure.facts["dataset"]
        if what == "email":
            return {}, None
        self._workspace.fence(dataset, True)
        self._hands.stop(dataset, self._lineage(erasure).open)
        return {}, self._planner.seen(self._lineage(erasure), erasure.secret["retrain"])

    def _lineage(self, erasure: Erasure) -> Lineage:
        workspace, what, dataset = self._workspace, erasure.facts["what"], erasure.facts["dataset"]
        if what == "account":
            return lineage.of_everything(workspace)
        if not workspace.holds(dataset) or erasure.facts.get("correction"):
            return Lineage()
        if what == "dataset":
            return lineage.of_dataset(workspace, dataset)
        store = workspace.dataset(dataset, "erase")
        if what == "class":
            return lineage.of_class(workspace, store)
        return lineage.of_samples(workspace, store, erasure.secret["samples"])

    def unreadable(self, erasure: Erasure) -> tuple[dict[str, Any], None]:
        """Destroy the keys of what goes; which, and when."""
        workspace, what, dataset, secret = self._workspace, erasure.facts["what"], erasure.facts["dataset"], erasure.secret
        if what == "email" and secret.get("to"):
            self._hands.correct_email(secret["to"])
        elif erasure.facts.get("correction"):
            if workspace.has_key(dataset) or workspace.holds(dataset):
                correction.carry_out(workspace, dataset, erasure.doomed, secret["former"], secret["to"])
            self._strike(erasure)
            workspace.tombstones.bury_logs(dataset, workspace.keys.epochs("catalog")[0][0])
        elif what == "email":
            self._hands.forget_email()
        elif what == "account":
            workspace.shred_everything()
            self._ledger.look_again()
        else:
            workspace.tombstones.bury("model", *secret["models"])
            workspace.tombstones.bury("run", *secret["runs"])
            if what == "dataset":
                workspace.shred_dataset(dataset)
            elif workspace.has_key(dataset) or workspace.holds(dataset):
                workspace.dataset(dataset, "erase").erase_parts(erasure.doomed)
            self._strike(erasure)
        gone = set(secret["keys"]) - workspace.keys.ids()
        if what != "email":
            workspace.fence(dataset, False)
        return {"keys": sorted(gone)}, None

    def _strike(self, erasure: Erasure) -> None:
        """Take models, runs and their files out of the catalog, and what was begun with these models at the last moment."""
        secret, dataset = erasure.secret, erasure.facts["dataset"] if erasure.whole else None
        secret["blobs"] += store_erase.strike(self._workspace, secret["models"], secret["runs"], dataset)
        late = lineage.users_of(self._workspace, secret["names"])
        if late.open:
            self._hands.stop(erasure.facts["dataset"], late.open)
            late = lineage.users_of(self._workspace, secret["names"])
        if late.runs or late.models:
            self._workspace.tombstones.bury("model", *late.models)
            self._workspace.tombstones.bury("run", *late.runs)
            secret["blobs"] += store_erase.strike(self._workspace, late.models, late.runs)

    def swept(self, erasure: Erasure) -> tuple[dict[str, Any], None]:
        """Remove files that nobody can read any more."""
        workspace, what = self._workspace, erasure.facts["what"]
        for blob in erasure.secret["blobs"]:
            workspace.vault.delete(blob)
        if erasure.whole:
            workspace.remove_remains(erasure.facts["dataset"])
        elif what == "account":
            workspace.remove_remains(None)
        elif what in ("samples", "class") and workspace.holds(erasure.facts["dataset"]):
            store = workspace.dataset(erasure.facts["dataset"], "erase")
            if store.storage == "retained":  # a crash may have left files whose keys went with the old database
                with store.source.use() as live, live.db.cursor() as cur:
                    store_erase.sweep_blobs(cur, store.path / "media", store.common.made)
        naming = self._naming(erasure)
        naming.strike()
        checks = self._checks(erasure) | self._unsaid(naming, erasure)
        if not all(checks.values()):
            raise Error("Not everything could be removed: " + ", ".join(name for name, good in checks.items() if not good) + ".")
        return {"checks": checks}, None

    def _naming(self, erasure: Erasure) -> Naming:
        """What runs, logs and models may call what is erased. A correction looks for its one value itself."""
        dataset, kept = erasure.facts["dataset"], erasure.traces or Traces.unsealed(erasure.secret["traces"])
        names = [] if dataset is None or erasure.facts.get("correction") else [*kept.files, *kept.texts, *kept.names]
        return Naming(self._workspace, dataset or "", names, self._stays(erasure))

    def _stays(self, erasure: Erasure) -> Stays:
        gone = None if erasure.whole else erasure.doomed
        return lambda found: traces.staying(self._workspace, found, erasure.facts["dataset"], gone)

    def _unsaid(self, naming: Naming, erasure: Erasure) -> dict[str, bool]:
        if erasure.facts["dataset"] is None or erasure.facts.get("correction"):
            return {}
        return {"names in runs, logs and models gone": naming.control() and not naming.left()}

    def _checks(self, erasure: Erasure) -> dict[str, bool]:
        """Look whether it is really gone, instead of believing so."""
        workspace, what, dataset, secret = self._workspace, erasure.facts["what"], erasure.facts["dataset"], erasure.secret
        if erasure.facts.get("correction"):
            if what == "email":
                return {"former value gone": self._hands.email() == secret["to"]}
            return {
                "former value gone": not workspace.holds(dataset)
                or correction.gone(workspace, dataset, erasure.doomed, secret["former"], secret["to"])
            }
        catalog = workspace.catalog
        models = {row["id"] for row in catalog.read("SELECT id FROM models")}
        blobs = {row["id"] for row in catalog.read("SELECT id FROM blobs")}
        checks = {
            "models gone": models.isdisjoint(secret["models"]),
            "files of models and runs gone": blobs.isdisjoint(secret["blobs"])
            and not any((path := workspace.vault.path(blob)) and path.exists() for blob in secret["blobs"]),
        }
        if what == "dataset":
            checks |= {
                "key destroyed": not workspace.has_key(dataset),
                "files removed": not (workspace.path / "datasets" / dataset).exists(),
            }
            checks["catalog rows removed"] = not catalog.read("SELECT 1 AS yes FROM datasets WHERE id = ?", [dataset])
        elif what == "account":
            checks |= {"keys destroyed": not workspace.datasets(), "files removed": not any((workspace.path / "datasets").iterdir())}
        elif what in ("samples", "class") and workspace.holds(dataset):
            store = workspace.dataset(dataset, "erase")
            left = store.read(
                'SELECT count(*) AS n FROM (SELECT sample, "class" FROM labels UNION ALL SELECT sample, "class" FROM history) l'
                ' WHERE l.sample IN (SELECT unnest($1::BIGINT[])) OR l."class" IN (SELECT unnest($2::INTEGER[]))',
                [secret["samples"], secret["classes"]],
            )["n"][0].as_py()
            samples = store.read("SELECT count(*) AS n FROM samples WHERE id IN (SELECT unnest($1::BIGINT[]))", [secret["samples"]])["n"][
                0
            ].as_py()
            checks |= {"samples gone": not samples, "labels gone": not left}
        return checks

    def searched(self, erasure: Erasure) -> tuple[dict[str, Any], None]:
        kept = erasure.traces or Traces.unsealed(erasure.secret["traces"])
        dataset, say = erasure.facts["dataset"], lambda message: self._say(erasure, message)
        shown = [dataset] if dataset else erasure.secret.get("datasets", [])  # what notebooks show of them is made anew by running them
        stays = self._stays(erasure)
        with self._searching:  # what one search lays out to be found must not be found by another
            proof = remains.prove(self._workspace, kept, self._hands.places(), shown, stays, say)
        return {"scan": proof.model_dump()}, None

    def facts(self, erasure: Erasure) -> CertificateFacts:
        secret, facts, (at, destroyed) = erasure.secret, erasure.facts, erasure.done["unreadable"]
        again = [training["id"] for training in self._trainings(erasure)]
        counts = facts["counts"] | {kind: len(secret[kind]) for kind in ("models", "runs") if secret[kind]}
        return CertificateFacts(
            what="correction" if facts.get("correction") else facts["what"],
            subject=facts["dataset"],
            workspace=self._workspace.id,
            request=facts["request"],
            plan=facts["plan"],
            counts=counts,
            bytes=facts["bytes"],
            destroyed=[DestroyedKey(id=key, at=at) for key in destroyed["keys"]],
            method=certificate.METHOD + certificate.SHORT * self._short(erasure),
            times=CertificateTimes(requested=erasure.intended, intended=erasure.intended, unreadable=at, certified=datetime.now(UTC)),
            checks=dict(erasure.done["swept"][1]["checks"]),
            scan=erasure.done["searched"][1]["scan"],
            exceptions=[Exempt(what=f"{secret['stale']} copies or models", basis=STAYS["stale"], until="removed")]
            if secret.get("stale")
            else [],
            backups=BACKUPS,
            models=TouchedModels(deleted=[model for model in secret["models"] if model not in again], retrained=again),
            recipients=[],
            remedies=REMEDIES,
        )

    def _short(self, erasure: Erasure) -> bool:
        """Whether something that was erased has a name which was not looked for in every byte."""
        kept = erasure.secret["traces"]
        return any(len(name) < traces.TELLING for name in (*kept["files"], *kept["texts"]))

    def _trainings(self, erasure: Erasure) -> list[dict[str, Any]]:
        """Those to be done anew, with the ids of the models that they made."""
        ids = {name: model for model, name in erasure.secret["names"].items()}
        return [each | {"id": ids[each["name"]]} for each in erasure.secret["trainings"] if each["name"] in ids]

    def not_begun(self, erasure: Erasure) -> list[dict[str, Any]]:
        """Trainings to be done anew that no run has been made for yet: a crash may have come in between."""
        made = [
            settings(json.loads(row["params"]))
            for row in self._workspace.catalog.read("SELECT params FROM runs WHERE kind = 'train' AND created >= ?", [erasure.intended])
        ]
        return [each for each in erasure.secret["trainings"] if settings(each["params"] | {"model": each["model"]}) not in made]


def settings(params: dict[str, Any]) -> dict[str, Any]:
    """Of a training, without the version that it was pinned to."""
    return params | {"view": {key: value for key, value in params["view"].items() if key != "at"}}
