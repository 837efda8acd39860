"""Receipts of consents as JSON-LD: ISO/IEC TS 27560:2023 in the terms of the Data Privacy Vocabulary.

Laid out as in the guide of the W3C community group (w3id.org/dpv/guides/consent-27560).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from comexp_lab.api import ConsentRecord, Controller
from comexp_lab.rights import purposes

RECEIPT = "https://w3id.org/dpv/schema/dpv-27560#receipt"


def receipt(record: ConsentRecord, controller: Controller, now: datetime) -> str:
    given: dict[str, Any] = {
        "@type": ["dpv:RenewedConsentGiven" if record.renews else "dpv:ConsentGiven", "dpv:ExplicitlyExpressedConsent"],
        "dpv:isIndicatedBy": {"@id": "dpv:DataSubject"},
        "dpv:hasIndicationMethod": record.method,
        "dpv:isIndicatedAtTime": record.given.isoformat(),
    }
    if record.expiry:
        given["dpv:hasDuration"] = {"@type": "dpv:UntilTimeDuration", "rdf:value": record.expiry.isoformat()}
    states = [given]
    if record.withdrawn:
        states.append(
            {
                "@type": "dpv:ConsentWithdrawn",
                "dpv:isIndicatedBy": {"@id": "dpv:DataSubject"},
                "dpv:isIndicatedAtTime": record.withdrawn.isoformat(),
            }
        )
    document = {
        "@context": purposes.PREFIXES,
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": {"@id": RECEIPT},
        "dct:created": now.isoformat(timespec="seconds"),
        "dct:publisher": controller.name,
        "dpv:hasRecordOfActivity": {
            "@id": f"urn:uuid:{record.id}",
            "@type": "dpv:ConsentRecord",
            "dct:identifier": record.id,
            "dct:conformsTo": {"@id": record.schema_version},
            "dpv:hasDataSubject": {"@type": "dpv:DataSubject", "dct:identifier": record.subject},
            "dpv:hasDataController": purposes.controller_node(controller),
            "dpv:hasJurisdiction": record.jurisdiction,
            "dpv:hasProcess": [purposes.process(purpose) for purpose in record.purposes],
            "dpv:hasConsentControl": {"@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"], "dpv:isExercisedAt": "Data rights, Consents"},
            "dpv:hasRight": {"@type": ["dpv:DataSubjectRight", "eu-gdpr:A7-3"], "dct:title": "Right to withdraw consent"},
            "dpv:hasNotice": {
                "@type": "dpv:ConsentNotice",
                "dct:identifier": record.notice,
                "dct:language": record.language,
                "dct:source": {"dct:identifier": record.policy, "dct:hasVersion": f"sha256:{record.sha256}"},
            },
            "dpv:hasConsentStatus": states,
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=2)
