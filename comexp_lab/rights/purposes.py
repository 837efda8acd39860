"""The register of purposes: what data may be used for, on which legal basis, and what somebody may say against it.

The register is data (``policies/purposes.toml``) and has one row for each word of ``Purpose``, no more and no fewer. The
record of processing activities (GDPR Art. 30, and Art. 18.1(1)-(2) of 152-FZ) is made from it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from comexp_lab.api import Controller, Language, Purpose, PurposeOut

PREFIXES = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
GDPR = {
    "contract": "eu-gdpr:A6-1-b",
    "legitimate interest": "eu-gdpr:A6-1-f",
    "consent": "eu-gdpr:A6-1-a",
    "legal duty": "eu-gdpr:A6-1-c",
}
SECURITY = "encrypted at rest (AES-256-GCM) and in transit (TLS); access by the owner only; keys destroyed at erasure"
COLUMNS = (
    *("controller", "contact", "purpose", "description", "legal basis", "data subjects", "categories of data", "recipients"),
    *("transfers to third countries", "retention", "security", "objection", "source"),
)


@cache
def register() -> dict[Purpose, PurposeOut]:
    """The whole register, in the order of the file."""
    text = (Path(__file__).with_name("policies") / "purposes.toml").read_text("utf-8")
    rows = (PurposeOut(purpose=name, **row) for name, row in tomllib.loads(text).items())  # type: ignore[arg-type]
    return {row.purpose: row for row in rows}


def words(purpose: Purpose, language: Language) -> str:
    text: str = getattr(register()[purpose].words, language)
    return text


def notice_id(purpose: Purpose, language: Language) -> str:
    """Names the words that somebody reads before he says yes or no (every form that collects data has one)."""
    return f"{purpose}-{language}-{hashlib.sha256(words(purpose, language).encode()).hexdigest()[:12]}"


def process(purpose: Purpose) -> dict[str, Any]:
    """A purpose as a dpv:Process."""
    row = register()[purpose]
    return {
        "@type": "dpv:Process",
        "dct:identifier": purpose,
        "dpv:hasPurpose": {"@type": "dpv:Purpose", "skos:broader": {"@id": row.dpv}, "dct:description": row.words.en},
        "dpv:hasLegalBasis": {"@id": GDPR[row.basis]},
        "dpv:hasPersonalData": [{"@id": term} for term in row.pd],
        "dpv:hasRecipient": [{"@type": "dpv:Recipient", "dct:title": name} for name in row.recipients],
        "dpv:hasStorageCondition": {
            "@type": "dpv:StorageDuration",
            "dpv:hasDuration": {"@type": "dpv:UntilEventDuration", "rdf:value": row.retention},
        },
    }


def controller_node(controller: Controller) -> dict[str, Any]:
    node = {"@type": "dpv:DataController", "dpv:hasName": controller.name, "dpv:hasContact": controller.contact}
    return node | ({"dpv:hasAddress": controller.address} if controller.address else {})


def ropa(controller: Controller) -> list[dict[str, str]]:
    """The record of processing activities, a row a purpose, with the fields of GDPR Art. 30(1)."""
    return [
        {
            "controller": controller.name,
            "contact": controller.contact,
            "purpose": row.purpose,
            "description": row.words.en,
            "legal basis": row.basis,
            "data subjects": "users of the lab" if "pd:Picture" not in row.pd else "users of the lab, people in their pictures",
            "categories of data": "; ".join(row.data),
            "recipients": "; ".join(row.recipients) or "none",
            "transfers to third countries": "none",
            "retention": row.retention,
            "security": SECURITY,
            "objection": row.objection,
            "source": row.source,
        }
        for row in register().values()
    ]


def ropa_csv(controller: Controller) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(ropa(controller))
    return out.getvalue()


def ropa_jsonld(controller: Controller) -> str:
    """The same record in the terms of the Data Privacy Vocabulary 2.3."""
    document = {
        "@context": PREFIXES,
        "@type": "dpv:DataProcessingRecord",
        "dpv:hasDataController": controller_node(controller),
        "dpv:hasTechnicalOrganisationalMeasure": [{"@id": "dpv:EncryptionAtRest"}, {"@id": "dpv:EncryptionInTransfer"}],
        "dpv:hasProcess": [
            process(row.purpose) | {"dpv:hasDataSubject": {"@id": "dpv:User"}, "dct:source": row.source} for row in register().values()
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)
