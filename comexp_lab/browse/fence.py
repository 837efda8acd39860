"""What FiftyOne may not do inside our process, whatever a request asks for.

FiftyOne's server builds objects from class names in requests, lists and reads files, and tells stack traces. Each
opening is closed at the function that all routes go through, by an allow-list. ``close_all`` must run after
``fiftyone.server.app`` was imported and before the first request. Tested in tests/test_browse_guard.py.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

BUILDABLE = {
    "fiftyone.core.aggregations",
    "fiftyone.core.fields",
    "fiftyone.core.frame",
    "fiftyone.core.labels",
    "fiftyone.core.metadata",
    "fiftyone.core.odm.embedded_document",
    "fiftyone.core.odm.dataset",
    "fiftyone.core.session.events",
    "fiftyone.core.stages",
    "fiftyone.core.odm.workspace",
}
DENIED_STAGES = {"Mongo", "ToFrames", "SortBySimilarity"}
OPERATORS = {
    f"@voxel51/operators/{name}"
    for name in (
        "edit_field_values",
        "clear_sample_field",
        "delete_selected_samples",
        "delete_selected_labels",
        "list_saved_views",
        "load_saved_view",
        "reload_saved_view",
        "save_view",
        "edit_saved_view_info",
        "delete_saved_view",
        "list_workspaces",
        "load_workspace",
        "save_workspace",
        "edit_workspace_info",
        "delete_workspace",
        "load_group_by",
        "activate_label_schemas",
        "deactivate_label_schemas",
        "generate_label_schemas",
        "get_label_schemas",
        "list_valid_annotation_fields",
        "set_active_label_schemas",
        "update_label_schema",
        "validate_label_schemas",
        "delete_label_schemas",
        "get_field_schema",
        "sync_last_modified_at",
    )
}
PATCHABLE = re.compile(r"\d+|-|_id|_cls|(?!dataset$)[a-z][A-Za-z0-9_]*")


class Refused(ValueError):
    """A request named something that is not on the list."""


def buildable(class_name: str, module_name: str | None = None) -> type:
    """The class of that name if it is one of FiftyOne's plain data classes; never imports anything."""
    full = f"{module_name}.{class_name}" if module_name else class_name
    module, _, name = full.rpartition(".")
    found = getattr(sys.modules.get(module), name, None) if module in BUILDABLE else None
    if not isinstance(found, type) or found.__module__ != module or name in DENIED_STAGES:
        raise Refused("This class cannot be used here.")
    return found


def _only(base: type) -> Callable[[type, dict[str, Any]], Any]:
    """A ``_from_dict`` that builds registered subclasses of ``base`` and nothing else."""

    def from_dict(cls: type, d: dict[str, Any]) -> Any:
        kind = buildable(str(d["_cls"]))
        if not issubclass(kind, base):
            raise Refused("This class cannot be used here.")
        built: Any = kind(**dict(d["kwargs"]))
        built._uuid = d.get("_uuid")
        return built

    return from_dict


def close_classes() -> None:
    import eta.core.utils as etau
    import fiftyone.core.aggregations as aggregations
    import fiftyone.core.stages as stages
    import fiftyone.server.query as query

    etau.get_class = buildable
    stages.ViewStage._from_dict = classmethod(_only(stages.ViewStage))
    aggregations.Aggregation._from_dict = classmethod(_only(aggregations.Aggregation))
    query._run_cls_error = lambda cls_path: "runs are not shown here"


def close_patches() -> None:
    """JSON patches may name fields of samples and labels, not attributes of Python objects."""
    from fiftyone.server.utils.json.jsonpatch import methods

    parse = methods.to_json_pointer

    def pointer(path: Any) -> Any:
        parsed = parse(path)
        if parsed.path not in {"", "/"} and not all(PATCHABLE.fullmatch(part) for part in parsed.parts):
            raise Refused("This path cannot be used here.")
        return parsed

    methods.to_json_pointer = pointer


def close_operators() -> None:
    from fiftyone.operators.executor import ExecutionResult
    from fiftyone.operators.permissions import ManagedOperators, PermissionedOperatorRegistry

    to_json, listed = ExecutionResult.to_json, PermissionedOperatorRegistry.list_operators

    def without_trace(self: Any) -> dict[str, Any]:
        told = to_json(self)
        return {**told, "error": told.get("error_message") or "The operation failed."} if told.get("error") else told

    def only_allowed(self: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return [found for found in listed(self, *args, **kwargs) if found.uri in OPERATORS]

    ManagedOperators.has_operator = lambda self, operator_uri: operator_uri in OPERATORS
    PermissionedOperatorRegistry.list_operators = only_allowed
    ExecutionResult.to_json = without_trace


def close_disk() -> None:
    """FiftyOne never opens a media file: sizes come from the mirror, pixels from our own media route."""
    import fiftyone.server.metadata as metadata

    async def unread(filepath: str, is_video: bool) -> dict[str, Any]:
        raise Refused("Media is not read from disk.")

    metadata.read_metadata = unread


class ContextThreads(ThreadPoolExecutor):
    """Threads that know for which mirror they work, as the request that started them does."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return super().submit(copy_context().run, fn, *args, **kwargs)


def keep_context() -> None:
    import fiftyone.core.utils as fou

    threads = ContextThreads(8, "fiftyone")
    fou._get_sync_task_executor = lambda: threads


def close_all(app: Any) -> None:
    """Close everything on the imported FiftyOne."""
    app.debug = False
    close_classes()
    close_patches()
    close_operators()
    close_disk()
    keep_context()
