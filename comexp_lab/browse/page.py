"""FiftyOne's index page, told where it lives: it works below any address, and asks nothing of the internet.

A browser keeps of it how the App looks (``KEPT``, which the data map declares), and nothing else: FiftyOne would also keep names of
classes that are hidden and of datasets. The rest lives as long as the page.

Inside JupyterLab it is as light or dark as JupyterLab, also when that changes; in a tab of its own it stays as it was last.
"""

from __future__ import annotations

import re
from pathlib import Path

KEPT = ("mui-*", "fiftyone-enterprise-tooltip-seen", "fo-sample-modal-plugins", "gridSpacing", "storedGridZoom", "activeFields")
PREFIX = """<script>
(function () {
  var kept = /^(KEPT)$/, rest = {}, storage = Storage.prototype, get = storage.getItem, set = storage.setItem, remove = storage.removeItem;
  storage.setItem = function (name, value) { kept.test(name) ? set.call(this, name, value) : (rest[name] = String(value)); };
  storage.getItem = function (name) { return Object.hasOwn(rest, name) ? rest[name] : kept.test(name) ? get.call(this, name) : null; };
  storage.removeItem = function (name) { delete rest[name]; if (kept.test(name)) remove.call(this, name); };
  var query = new URLSearchParams(location.search), path = location.pathname, at = path.lastIndexOf("/datasets/");
  var prefix = at < 0 ? path.replace(/[^/]*$/, "") : path.slice(0, at + 1);
  window.FIFTYONE_SERVER_PATH_PREFIX = prefix;  // where it sends requests
  query.set("proxy", encodeURIComponent(prefix));  // what its router cuts off: decoded twice, so an encoded user name survives
  history.replaceState(null, "", path + "?" + query);
  localStorage.setItem("fiftyone-enterprise-tooltip-seen", "true");
  var lab = null;
  try { lab = parent === window ? null : parent.document.body; } catch (_) { }  // a page of another origin
  if (!lab || !lab.dataset.jpThemeLight) return;
  var theme = function () { return lab.dataset.jpThemeLight === "true" ? "light" : "dark"; };
  localStorage.setItem("mui-mode", theme());  // where it keeps its own setting
  new MutationObserver(function () {
    var button = document.querySelector(theme() === "light" ? "[title='Light mode']" : "[title='Dark mode']");
    if (button) button.click(); else localStorage.setItem("mui-mode", theme());
  }).observe(lab, {attributes: true, attributeFilter: ["data-jp-theme-light"]});
})();
</script>""".replace("KEPT", "|".join(KEPT).replace("*", ".*"))


def index(static: Path, assets: str) -> bytes:
    """The page with its own address as FiftyOne's path prefix, one place of ``assets`` for all mirrors, and no web fonts."""
    html = (static / "index.html").read_text("utf-8")
    html = re.sub(r"<link[^>]+fonts\.googleapis\.com[^>]*>", "", html)
    html = html.replace("./assets/", f"../../../{assets}/assets/").replace("./favicon.ico", f"../../../{assets}/assets/favicon.ico")
    return html.replace("<head>", "<head>" + PREFIX, 1).encode()
