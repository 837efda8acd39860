"""FiftyOne's index page, told where it lives: it works below any address, and asks nothing of the internet."""

from __future__ import annotations

import re
from pathlib import Path

PREFIX = """<script>
(function () {
  var query = new URLSearchParams(location.search), path = location.pathname, at = path.lastIndexOf("/datasets/");
  var prefix = at < 0 ? path.replace(/[^/]*$/, "") : path.slice(0, at + 1);
  window.FIFTYONE_SERVER_PATH_PREFIX = prefix;  // where it sends requests
  query.set("proxy", encodeURIComponent(prefix));  // what its router cuts off: decoded twice, so an encoded user name survives
  history.replaceState(null, "", path + "?" + query);
  localStorage.setItem("fiftyone-enterprise-tooltip-seen", "true");
})();
</script>"""


def index(static: Path, assets: str) -> bytes:
    """The page with its own address as FiftyOne's path prefix, one place of ``assets`` for all mirrors, and no web fonts."""
    html = (static / "index.html").read_text("utf-8")
    html = re.sub(r"<link[^>]+fonts\.googleapis\.com[^>]*>", "", html)
    html = html.replace("./assets/", f"../../../{assets}/assets/").replace("./favicon.ico", f"../../../{assets}/assets/favicon.ico")
    return html.replace("<head>", "<head>" + PREFIX, 1).encode()
