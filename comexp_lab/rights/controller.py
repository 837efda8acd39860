"""Who decides about the data, and how to reach him: the operator by his own details (``operator.toml``), else Comexp (policy 1, 13).

Named to whoever asks (Comexp policy 1; T-Rex Label policy 1.2, 4.7; GDPR Art. 13(1)(a)-(b)): in every reply, letter and consent, and
at ``/rights/privacy``. A lab whose operator gave no way to reach him, or left a placeholder there, does not start.
"""

from __future__ import annotations

import re
from contextlib import suppress

from comexp_lab.api import Controller, Privacy
from comexp_lab.errors import BadInput
from comexp_lab.rights import act, replies
from comexp_lab.rights.policies import Policies

PLACEHOLDER = re.compile(r"(?i)@(.*\.)?(example|test|invalid|localhost)\b|\bexample\.(com|net|org)\b|change.?me|todo|xxx|<|\.\.\.")


def controller() -> Controller:
    """Raises BadInput."""
    by = act.operator()
    if not (by.name or by.contact):
        return replies.COMEXP
    for field in ("name", "contact"):
        value = getattr(by, field).strip()
        if not value or PLACEHOLDER.search(value):
            raise BadInput(f"Nobody could reach who answers for this lab: set “{field}” in {act.operator_file()}.")
    return Controller(name=by.name, contact=by.contact, address=by.address)


def privacy(who: Controller, policies: Policies) -> Privacy:
    """Who answers, under which number, by which policy."""
    registration = ""
    with suppress(BadInput):  # the file was changed since the start, and is wrong now
        registration = act.operator().registration
    return Privacy(controller=who, registration=registration, policy=policies.current("comexp").id)
