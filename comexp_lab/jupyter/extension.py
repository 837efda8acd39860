"""What Jupyter loads: the settings a person can configure, and the route table."""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from traitlets import Float, Unicode

from comexp_lab.jupyter.handlers import ApiHandler, BrowseHandler, RightsHandler, SourceHandler
from comexp_lab.jupyter.public import Gate, UnsubscribeHandler
from comexp_lab.jupyter.upstream import Upstream
from comexp_lab.transport import browse_socket_path, ensure_service, socket_path


class ComexpApp(ExtensionApp):
    """Comexp in JupyterLab: upload, browse, annotate, fine-tune, review."""

    name = "comexp"
    app_name = "Comexp"
    description = "Computer vision data in JupyterLab"
    load_other_extensions = True

    workspace = Unicode(
        "",
        help="Folder that holds the data, encrypted. Empty means $COMEXP_WORKSPACE, else `workspace` in the server's root folder.",
    ).tag(config=True)
    idle_s = Float(
        None,
        allow_none=True,
        help="Seconds without a request after which the lab service stops by itself. None means its own default (30 minutes).",
    ).tag(config=True)
    answer_within_s = Float(
        120.0, help="Seconds a service may take to begin its answer before the browser is told 504. Streams may last for ever."
    ).tag(config=True)

    def workspace_path(self) -> Path:
        """The absolute path of the workspace that this Jupyter server works on."""
        assert self.serverapp is not None
        root = Path(self.serverapp.root_dir)
        chosen = self.workspace or os.environ.get("COMEXP_WORKSPACE") or "workspace"
        return (root / Path(chosen).expanduser()).absolute()

    def initialize_settings(self) -> None:
        """Tell kernels (which inherit the environment) where the workspace is, and prepare both sockets."""
        workspace = self.workspace_path()
        os.environ["COMEXP_WORKSPACE"] = str(workspace)
        assert self.serverapp is not None
        os.environ["COMEXP_NOTEBOOKS"] = str(Path(self.serverapp.root_dir).absolute())  # where an erasure looks for outputs
        if self.idle_s is not None:
            os.environ["COMEXP_IDLE_S"] = str(self.idle_s)
        self.settings["comexp_api"] = Upstream(lambda: socket_path(workspace), lambda: ensure_service(workspace), self.answer_within_s)
        self.settings["comexp_access_log"] = os.environ.get("COMEXP_ACCESS_LOG") == "1"
        self.settings["comexp_browse"] = Upstream(lambda: browse_socket_path(workspace), None, self.answer_within_s)

    def initialize_handlers(self) -> None:
        """The route table: every address that a browser can reach of ours."""
        base = url_path_join("comexp")
        public = {"workspace": self.workspace_path(), "gate": Gate()}
        self.handlers.extend(
            [
                (f"/{base}/api/(rights/.*)", RightsHandler),
                (f"/{base}/api/(.*)", ApiHandler),
                (f"/{base}/fo/([0-9a-zA-Z_-]+)/(.*)", BrowseHandler),
                (f"/{base}/source", SourceHandler),
                (f"/{base}/u/([^/]+)", UnsubscribeHandler, public),
            ]
        )
