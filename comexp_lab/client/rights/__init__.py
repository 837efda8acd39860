"""``lab.rights``: see what is stored, take it away, correct it, freeze it, object, destroy it with proof."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from comexp_lab import transport
from comexp_lab.api import (
    ArchiveIn,
    ClassOut,
    ConsentIn,
    ConsentMethod,
    ConsentRecord,
    DatasetOut,
    EmailIn,
    EmailOut,
    ErasureOut,
    ErasurePlanIn,
    ErasureWhat,
    Language,
    Letter,
    Notice,
    OptOut,
    Privacy,
    Purpose,
    Regime,
    RequestIn,
    RequestOut,
    RequestType,
    RestoreIn,
    RunOut,
)
from comexp_lab.client.connection import Connection, body
from comexp_lab.client.dataset import Dataset
from comexp_lab.client.rights.erasing import Correction, Erasure, Plan, Proof
from comexp_lab.client.rights.tables import Consent, Form, Happened, InventoryTable, Kept, Policy, Purposed, Request, Restored
from comexp_lab.client.run import Run
from comexp_lab.client.show import Listing, forgiving, missing
from comexp_lab.client.view import View
from comexp_lab.errors import BadInput, NotFound
from comexp_lab.transport import quoted

__all__ = ["Consents", "Correction", "Erasure", "Plan", "Proof", "Request", "Rights"]

SAY_WHAT = "Say what to correct: (ds, sample=…, name=…), (ds, class_name=…, to=…), (ds, text=…, to=…), (ds, name=…) or (email=…)."


class Consents(Listing[Consent]):
    """All consents ever given. Nothing is on until you say so: ``lab.rights.consents.agree("marketing")``."""

    def __init__(self, rights: Rights, found: Iterable[Consent]) -> None:
        head = ["purpose", "given", "withdrawn", "policy", "language", "how"]
        super().__init__("consent", found, head, Consent._row, "You have agreed to nothing: nothing is on that needs your consent")
        self._rights = rights

    def agree(self, purpose: str, **how: Any) -> Consent:
        return self._rights.agree(purpose, **how)

    def withdraw(self, purpose: str) -> None:
        self._rights.withdraw(purpose)


class Rights:
    """Every right is one call, which does it at once and leaves a request behind: ``lab.rights.requests``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ---- see and take away
    @property
    def inventory(self) -> InventoryTable:
        """What is stored, by kind, with counts, bytes and where."""
        return self._connection.get("/rights/inventory", InventoryTable)

    def export(self, path: str | Path, datasets: Sequence[Dataset | str] | None = None) -> dict[str, Any]:
        """Everything that is stored (or these datasets), as one signed archive with checksums (BagIt)."""
        ids = None if datasets is None else [self._named(each).id for each in datasets]
        wanted = body(ArchiveIn, path=str(Path(path).expanduser().absolute()), datasets=ids)
        return Run(self._connection, self._connection.send("POST", "/rights/archive", wanted, RunOut)).show().result

    def restore(self, path: str | Path, rename: dict[str, str] | None = None) -> Restored:
        """Bring an archive back in; ``rename`` gives datasets another name. Conflict if a name is taken."""
        wanted = body(RestoreIn, path=str(Path(path).expanduser().absolute()), rename=rename or {})
        run = Run(self._connection, self._connection.send("POST", "/rights/restore", wanted, RunOut))
        return Restored.model_validate(run.show().result)

    # ---- destroy
    def plan_erasure(
        self,
        what: Dataset | View | str,
        *,
        samples: Sequence[int] | None = None,
        class_name: str | None = None,
        models: Literal["delete", "retrain"] = "delete",
        request: Request | None = None,
    ) -> Plan:
        """A dry run of erasing for good: a dataset (or the one of that name), a view of it, ``samples``, or a class of labels.

        Models that saw it go too; ``models="retrain"`` trains them anew on what is left. ``request``: the one it answers.
        """
        if isinstance(what, View):
            if samples is not None or class_name is not None:
                raise BadInput("A view says itself which samples: leave out samples and class_name.")
            samples, dataset = what.ids, what.dataset
        else:
            dataset = self._named(what)
        if samples is not None and class_name is not None:
            raise BadInput("Erase samples or a class, one after the other: give samples or class_name.")
        kind: ErasureWhat = "class" if class_name is not None else "dataset" if samples is None else "samples"
        try:
            return self._plan(
                what=kind,
                dataset=dataset.id,
                samples=list(samples or ()),
                class_name=class_name,
                request=request.id if request else None,
                models=known("choice for models", models, ("delete", "retrain")),
            )
        except NotFound:
            if class_name is None:
                raise
            raise missing("class", class_name, self._classes(dataset)) from None

    def rectify(
        self,
        dataset: Dataset | str | None = None,
        *,
        sample: int | None = None,
        class_name: str | None = None,
        text: str | None = None,
        attribute: str | None = None,
        to: str | None = None,
        name: str | None = None,
        email: str | None = None,
        request: Request | None = None,
    ) -> Correction:
        """Correct a name, a text in labels or the e-mail address: nothing of the former one is left, in no revision.

        ``rectify(ds, sample=3, name="street.jpg")``, ``rectify(ds, class_name="dgo", to="dog")``, ``rectify(ds, name="streets")``,
        ``rectify(email="me@example.org")``. A ``text`` is corrected wherever it stands, as a whole word, in attributes of labels
        (captions, notes): ``rectify(ds, text="Jon Smith", to="Joan Smith")``; in labels of a class or sample only, or in one
        ``attribute``, if you say so.
        """
        plan = self.plan_correction(
            dataset,
            sample=sample,
            class_name=class_name,
            text=text,
            attribute=attribute,
            to=to,
            name=name,
            email=email,
            request=request,
        )
        done = Correction(**plan.execute(confirm=plan.hash).model_dump())
        done._stale = plan.stale
        return done

    def plan_correction(
        self,
        dataset: Dataset | str | None = None,
        *,
        sample: int | None = None,
        class_name: str | None = None,
        text: str | None = None,
        attribute: str | None = None,
        to: str | None = None,
        name: str | None = None,
        email: str | None = None,
        request: Request | None = None,
    ) -> Plan:
        """A dry run of ``rectify``: how much it changes, and what was made before and still has the former value."""
        answers = request.id if request else None
        if email is not None and dataset is None:
            return self._plan(what="email", to=email, request=answers)
        new = name if to is None else to
        whole = sample is None and class_name is None and text is None
        unclear = text is None and (attribute is not None or (sample is not None and class_name is not None))
        if dataset is None or new is None or unclear or (whole and name is None):
            raise BadInput(SAY_WHAT)
        found = self._named(dataset)
        if class_name is not None:
            known("class", class_name, self._classes(found))
        return self._plan(
            what="samples" if sample is not None else "class" if class_name is not None else "dataset",
            dataset=found.id,
            samples=[] if sample is None else [sample],
            class_name=class_name,
            text=text,
            attribute=attribute,
            to=new,
            request=answers,
        )

    def plan_erasure_of_email(self) -> Plan:
        """A dry run of erasing the e-mail address, and all that waits to be sent to it."""
        return self._plan(what="email")

    def plan_erasure_of_everything(self) -> Plan:
        """A dry run of erasing everything that is stored here."""
        return self._plan(what="account")

    @property
    def erasures(self) -> Listing[Erasure]:
        """All erasures, newest first, with their certificates."""
        found = [Erasure(self._connection, each) for each in self._connection.get_list("/rights/erasures", ErasureOut)]
        return Listing("erasure", found, ["erasure", "of", "status", "unreadable since", ""], Erasure._row, "Nothing was erased yet")

    # ---- freeze, object, agree
    def restrict(self, dataset: Dataset | str) -> Request:
        """Keep a dataset and let nobody do anything with it, but you take it away or destroy it. Lift it by ``unfreeze``."""
        return self._request("PUT", f"/rights/frozen/{self._named(dataset).id}")

    freeze = restrict

    def unfreeze(self, dataset: Dataset | str) -> None:
        self._connection.request("DELETE", f"/rights/frozen/{self._named(dataset).id}")

    @property
    def purposes(self) -> Listing[Purposed]:
        """What data is used for, on which basis, and whether that is open now."""
        found = self._connection.get_list("/rights/purposes", Purposed)
        return Listing("purpose", found, ["purpose", "what for", "basis", "now", "consent", "objections"], Purposed._row, "")

    def object(self, purpose: str, dataset: Dataset | str | None = None) -> Request:
        """Close a purpose at once, for a dataset or altogether; what runs for it is stopped."""
        return self._request("PUT", f"/rights/objections/{_purpose(purpose)}", self._scope(dataset))

    def lift(self, purpose: str, dataset: Dataset | str | None = None) -> None:
        """Take an objection back."""
        self._connection.request("DELETE", f"/rights/objections/{_purpose(purpose)}", params=self._scope(dataset))

    @property
    def consents(self) -> Consents:
        """All consents ever given; ``consents.agree(purpose)`` and ``consents.withdraw(purpose)``."""
        found = self._connection.get_list("/rights/consents", Consent)
        for each in found:
            each._connection = self._connection
        return Consents(self, found)

    def agree(self, purpose: str, language: Language = "en", jurisdiction: str = "", method: ConsentMethod = "python") -> Consent:
        """Say yes to a purpose that needs your consent. Read first: ``lab.rights.policies[-1].text()``."""
        how = body(ConsentIn, language=language, jurisdiction=jurisdiction, method=method)
        given = self._connection.send("PUT", f"/rights/consents/{_purpose(purpose)}", how, ConsentRecord)
        consent = Consent(**given.model_dump())
        consent._connection = self._connection
        return consent

    def withdraw(self, purpose: str, method: ConsentMethod = "python") -> None:
        """Take consent back, at once and without a reason."""
        self._connection.request("DELETE", f"/rights/consents/{_purpose(purpose)}", params={"method": method})

    def opt_out(self) -> Request:
        """Neither sell nor share my data (CCPA)."""
        return self._request("PUT", "/rights/opt-out")

    @property
    def opted_out(self) -> OptOut:
        """Whether you opted out of sale and sharing, by ``opt_out()`` or by your browser (Global Privacy Control)."""
        return self._connection.get("/rights/opt-out", OptOut)

    # ---- be told
    @property
    def email(self) -> str | None:
        """The e-mail address, which nobody has to give. Set it, or ``del lab.rights.email`` to have it erased."""
        return self._mail().address

    @email.setter
    def email(self, address: str) -> None:
        self.set_email(address)

    @email.deleter
    def email(self) -> None:
        plan = self.plan_erasure_of_email()
        plan.execute(plan.hash)

    def set_email(self, address: str, language: Language = "en") -> None:
        """The same as ``lab.rights.email = address``, with the language of the letters."""
        self._connection.request("PUT", "/rights/email", json=body(EmailIn, address=address, language=language).model_dump())

    @property
    def letters(self) -> Listing[Letter]:
        """Letters, sent and waiting, oldest first."""
        head, empty = ["about", "queued", "status", ""], "No letters"
        return Listing("letter", self._mail().letters, head, lambda x: [x.template, f"{x.queued:%Y-%m-%d}", x.status, x.reason], empty)

    @property
    def notices(self) -> Listing[Notice]:
        """What you were told in the lab, newest first."""
        head, empty = ["when", "", ""], "You were told nothing yet"
        return Listing("notice", self._mail().notices, head, lambda x: [f"{x.at:%Y-%m-%d %H:%M}", x.title, x.text], empty)

    def unsubscribe(self, token: str) -> None:
        """End marketing to whoever got this token in a letter: for mail that came to ``COMEXP_UNSUBSCRIBE_MAILTO``."""
        with transport.connect(transport.ensure_service(self._connection.workspace)) as client:
            said = client.post(f"/internal/unsubscribe/{quoted(token)}", content="List-Unsubscribe=One-Click")
            transport.raise_for_problem(said)

    # ---- ask
    def request(
        self,
        type: str,
        about: Dataset | str = "account",
        *,
        regimes: Sequence[Regime] = (),
        freeze: bool = False,
        **words: str,
    ) -> Request:
        """Ask for something in writing: ``lab.rights.request("access", contact="me@example.org")``.

        ``about``: a dataset, the name of a purpose, ``"email"``, or everything (``"account"``); ``words`` are kept sealed.
        ``freeze``: the dataset until it is corrected or erased; where Russian law (152-FZ) applies, a correction freezes it anyway.
        """
        kind = known("type of request", type, get_args(RequestType))
        wanted = body(RequestIn, type=kind, target=self._target(about), regimes=list(regimes), freeze=freeze, key=uuid.uuid4(), words=words)
        return Request(self._connection, self._connection.send("POST", "/rights/requests", wanted, RequestOut, again=True))

    @property
    def requests(self) -> Listing[Request]:
        """All requests, newest first, with their clocks."""
        found = [Request(self._connection, each) for each in self._connection.get_list("/rights/requests", RequestOut)]
        return Listing("request", found, ["request", "for", "of", "state", "received", "next"], Request._row, "Nothing was asked for yet")

    @property
    def policies(self) -> Listing[Policy]:
        """All versions of the policies, oldest first; ``policies[-1].text("ru")`` is one to read."""
        found = self._connection.get_list("/rights/policies", Policy)
        for each in found:
            each._connection = self._connection
        head = ["policy", "of", "version", "effective", "in force since", "decides", "texts"]
        return Listing("policy", found, head, Policy._row, "")

    @property
    def retention(self) -> Listing[Kept]:
        """How long what is kept, on which basis, and what happens then."""
        found = self._connection.get_list("/rights/retention", Kept)
        return Listing("kind of data", found, ["what", "how long", "then", "basis", "source"], Kept._row, "")

    @property
    def privacy(self) -> Privacy:
        """Who answers for the data here, and how to reach him."""
        return self._connection.get("/rights/privacy", Privacy)

    @property
    def forms(self) -> Listing[Form]:
        """Every form that asks you for data: what for, what must be given, and what follows if it is not."""
        found = self._connection.get_list("/rights/forms", Form)
        return Listing("form", found, ["form", "purpose", "asks for"], Form._row, "")

    def authorities(self, language: Language = "en") -> list[str]:
        """Where to complain, by jurisdiction."""
        return list(self._connection.request("GET", "/rights/authorities", params={"language": language}).json())

    @property
    def history(self) -> Happened:
        """What happened, in plain words, and the signed head of the ledger."""
        return self._connection.get("/rights/history", Happened)

    def processing(self, kind: Literal["csv", "jsonld", "places"] = "csv") -> str:
        """The record of processing activities (GDPR Art. 30): purposes, or every place where anything is kept ("places")."""
        wanted = known("kind of record", kind, ("csv", "jsonld", "places"))
        return self._connection.request("GET", "/rights/processing", params={"kind": wanted}).text

    # ---- how it is asked
    def _named(self, dataset: Dataset | str) -> Dataset:
        if isinstance(dataset, Dataset):
            return dataset
        try:
            return Dataset(self._connection, self._connection.get(f"/datasets/{quoted(dataset)}", DatasetOut))
        except NotFound:
            names = [each.name for each in self._connection.get_list("/datasets", DatasetOut)]
            raise missing("dataset", dataset, names) from None

    def _classes(self, dataset: Dataset) -> list[str]:
        return [each.name for each in self._connection.get_list(f"/datasets/{dataset.id}/classes", ClassOut)]

    def _plan(self, **wanted: Any) -> Plan:
        plan = self._connection.send("POST", "/rights/erasures", body(ErasurePlanIn, **wanted), Plan)
        plan._connection = self._connection
        return plan

    def _request(self, method: str, path: str, params: dict[str, str] | None = None) -> Request:
        answer = self._connection.request(method, path, params=params)
        return Request(self._connection, RequestOut.model_validate_json(answer.content))

    def _scope(self, dataset: Dataset | str | None) -> dict[str, str]:
        return {} if dataset is None else {"dataset": self._named(dataset).id}

    def _target(self, about: Dataset | str) -> str:
        if about in ("account", "email"):
            return str(about)
        return f"purpose:{about}" if about in get_args(Purpose) else f"dataset:{self._named(about).id}"

    def _mail(self) -> EmailOut:
        return self._connection.get("/rights/email", EmailOut)

    @forgiving
    def _repr_html_(self) -> str:
        return self.inventory._repr_html_()

    @forgiving
    def __repr__(self) -> str:
        open_ = [each for each in self.requests if each._info.state not in ("closed", "cancelled")]
        return f"Rights({self.inventory!r}, {len(open_)} open requests)"


def _purpose(name: str) -> str:
    return str(known("purpose", name, get_args(Purpose)))


def known(what: str, name: str, names: Sequence[str]) -> Any:
    """The name, if it is one of ``names``; else NotFound, with the one that was probably meant."""
    if name not in names:
        raise missing(what, name, names)
    return name
