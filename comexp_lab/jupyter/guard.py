"""Which requests may pass: decided on what a browser cannot forge, before a byte of the body is read.

A page on another site (or on a sibling subdomain) can make the user's browser send requests with cookies. Browsers say
where a request comes from in ``Sec-Fetch-Site``; where that is absent (plain http off localhost, scripts), ``Origin``
must match, and a read without ``Origin`` needs a ``Referer`` of ours or a token.
"""

from __future__ import annotations

import re
import string
from urllib.parse import unquote, urlsplit

from tornado.httputil import HTTPHeaders

from comexp_lab.errors import BadInput, NotAllowed

FORWARDED = {
    "accept",
    "accept-language",
    "cache-control",
    "content-encoding",
    "content-length",
    "content-type",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-event-id",
    "prefer",
    "range",
    "sec-gpc",
    "tus-resumable",
    "upload-checksum",
    "upload-concat",
    "upload-defer-length",
    "upload-length",
    "upload-metadata",
    "upload-offset",
}
HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
WITHHELD = HOP_BY_HOP | {
    "date",
    "server",
    "set-cookie",
    "x-frame-options",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-expose-headers",
    "access-control-max-age",
    "strict-transport-security",
}
INLINE = re.compile(
    r"(image/(jpeg|png|webp|gif|bmp|avif|tiff)|video/[\w.+-]+|application/(problem\+)?json|text/event-stream"
    r"|application/vnd\.apache\.arrow\.stream|text/plain)\s*(;|$)"
)
SAFE_PATH = re.compile(r"([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*\Z")
NEEDLESS = set(string.ascii_letters + string.digits + "-._~/\\%") | {chr(code) for code in (*range(32), 127)}


def check_origin(headers: HTTPHeaders, host: str, *, reading: bool, with_token: bool) -> None:
    """Refuse what does not come from a page of this very origin (NotAllowed)."""
    origin = headers.get("Origin")
    site = headers.get("Sec-Fetch-Site")
    if origin == "null":
        raise NotAllowed("Requests from a sandboxed page are refused.")
    if site is not None:
        if site.strip().lower() != "same-origin":
            raise NotAllowed("Requests from other pages are refused: use Comexp from inside JupyterLab.")
        return
    if origin is not None:
        if urlsplit(origin).netloc.lower() != host.lower():
            raise NotAllowed("Requests from other pages are refused: use Comexp from inside JupyterLab.")
        return
    if with_token:
        return
    referer = headers.get("Referer")
    if not (reading and referer and urlsplit(referer).netloc.lower() == host.lower()):
        raise NotAllowed("The browser did not say which page asks: use Comexp from inside JupyterLab, or send a token.")


def check_path(path: str) -> str:
    """The percent-encoded path as it may be sent on; raises BadInput if it could mean another one to somebody.

    Only what must be encoded may be: an encoded letter, dot, slash or percent sign has no honest use and would let an
    address be something else for us than for the service.
    """
    parts = path.split("/")
    unsafe = any(part in {".", ".."} for part in parts) or "" in parts[:-1]
    needless = any(chr(int(code, 16)) in NEEDLESS for code in re.findall("%([0-9A-Fa-f]{2})", path))
    if unsafe or needless or not SAFE_PATH.match(path):
        raise BadInput("This address is not one of ours.")
    return path


def check_query(query: str) -> str:
    """The query without Jupyter's own token, which no service needs to see."""
    return "&".join(part for part in query.split("&") if part and unquote(part.split("=", 1)[0]) != "token")


def request_headers(headers: HTTPHeaders, *, with_body: bool) -> HTTPHeaders:
    """What the service gets to see: an allow-list, so neither cookies nor tokens nor ``X-Comexp-*`` get through."""
    sent = HTTPHeaders({"Host": "lab", "Connection": "close", "X-Comexp-Via": "jupyter"})
    for name, value in headers.get_all():
        if name.lower() in FORWARDED:
            sent.add(name, value)
    if not with_body and "Content-Length" not in sent:
        sent["Content-Length"] = "0"
    return sent


def response_headers(headers: HTTPHeaders) -> list[tuple[str, str]]:
    """The service's headers that concern the browser."""
    dropped = WITHHELD | {name.strip().lower() for name in headers.get("Connection", "").split(",")}
    return [(name, value) for name, value in headers.get_all() if name.lower() not in dropped]
