"""FiftyOne's settings for our process: our MongoDB, none of the user's files, no telemetry, no downloads."""

from __future__ import annotations

import os
from pathlib import Path


def environment(uri: str, folder: Path) -> dict[str, str]:
    """What must be in the environment before fiftyone is imported. ``folder`` is empty and ours."""
    return {
        "FIFTYONE_DATABASE_URI": uri,
        "FIFTYONE_DATABASE_VALIDATION": "false",
        "FIFTYONE_DO_NOT_TRACK": "true",
        "FIFTYONE_DISABLE_SERVICES": "1",
        "FIFTYONE_CONFIG_PATH": str(folder / "config.json"),
        "FIFTYONE_APP_CONFIG_PATH": str(folder / "app_config.json"),
        "FIFTYONE_ANNOTATION_CONFIG_PATH": str(folder / "annotation_config.json"),
        "FIFTYONE_PLUGINS_DIR": str(folder / "plugins"),
        "FIFTYONE_DEFAULT_DATASET_DIR": str(folder / "data"),
        "FIFTYONE_DATASET_ZOO_DIR": str(folder / "data"),
        "FIFTYONE_MODEL_ZOO_DIR": str(folder / "models"),
        "FIFTYONE_SHOW_PROGRESS_BARS": "false",
        "FIFTYONE_ALLOWED_ORIGINS": "",
        "FIFTYONE_LOGGING_LEVEL": "WARNING",
    }


def apply(uri: str, folder: Path) -> None:
    """Replace every FiftyOne setting of the environment by ours."""
    for name in [name for name in os.environ if name.startswith("FIFTYONE_")]:
        del os.environ[name]
    os.environ.update(environment(uri, folder))
