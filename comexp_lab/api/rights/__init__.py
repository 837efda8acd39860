"""Messages about rights, by theme."""

from __future__ import annotations

from comexp_lab.api.rights.certificate import *  # noqa: F403
from comexp_lab.api.rights.consents import *  # noqa: F403
from comexp_lab.api.rights.erasure import *  # noqa: F403
from comexp_lab.api.rights.letters import *  # noqa: F403
from comexp_lab.api.rights.requests import *  # noqa: F403
from comexp_lab.api.rights.stored import *  # noqa: F403
