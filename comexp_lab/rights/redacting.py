"""Keys that somebody wrote into a request are not kept: Comexp policy 13 asks for one as a proof, policy 6 forbids to spread it.

Who somebody is follows from the session, so nobody needs to send a key. The patterns are those in which keys of the common
services are issued, and whatever is called a key, token or password; ids and digests of our own do not look like any of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

GONE = "[a key or password was written here: it was not kept. Change it, because it was sent.]"
KEY = re.compile(
    r"""
    -----BEGIN[ A-Z]*PRIVATE\ KEY-----.*?(?:-----END[ A-Z]*PRIVATE\ KEY-----|\Z)
    | \beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?                 # JSON web token
    | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b                          # AWS
    | \bAIza[\w-]{30,}                                       # Google
    | \b[spr]k[-_](?:[A-Za-z]+[-_])*[A-Za-z0-9_-]{16,}       # OpenAI, Stripe and others
    | \b(?:gh[pousr]|github_pat|glpat|hf|xox[a-z])[-_][\w-]{16,}
    | \b\d{8,10}:[\w-]{35}\b                                 # Telegram bot
    | \b[0-9a-f]{48}\b                                       # Jupyter
    | (?i:api[\s_-]?key|access[\s_-]?key|token|secret|passw(?:or)?d|passphrase|парол[ьяю]|токен|(?:api[\s-]?)?ключ|密码|密钥|令牌)
      (?:\s+(?i:is|это)\s+|\s*[:=：—]\s*|\s*[是为]\s*)["'«]?(?=\S*[\d!@\#$%^&*_+=])\S{6,}
    """,
    re.VERBOSE | re.DOTALL,
)


def struck(words: Mapping[str, str]) -> dict[str, str]:
    """The words without keys."""
    return {name: KEY.sub(GONE, text) for name, text in words.items()}
