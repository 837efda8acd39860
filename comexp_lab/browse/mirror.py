"""A dataset, or a view of one, as a FiftyOne dataset: filled in bulk, straight into its collection.

Benchmarks may use it alone::

    with Mongod(folder) as ...:  os.environ["FIFTYONE_DATABASE_URI"] = mongod.uri, then import fiftyone
    dataset = create("coco", kinds={"box"})
    for count in fill(collection(dataset), dataset._doc.id, batches): ...      # batches: see documents.py
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from comexp_lab.browse.documents import ACCEPTED, HOLDERS, SUGGESTED, Document, documents

if TYPE_CHECKING:
    import fiftyone as fo
    import pyarrow as pa

INSERT = 1000
Make = Callable[[Any, ObjectId], Iterable[Document]]
DUPLICATE = 11000


def create(
    name: str, kinds: Iterable[str], suggested: Iterable[str] = (), colors: dict[str, str] | None = None, film: bool = False
) -> fo.Dataset:
    """An empty FiftyOne dataset with the fields for these kinds of labels, thumbnails in the grid, our class colours.

    A film is one of videos, whose boxes lie in their frames.
    """
    import fiftyone as fo

    make_way(name)
    dataset = fo.Dataset(name, persistent=True)
    dataset.media_type = fo.core.media.VIDEO if film else fo.core.media.IMAGE
    for field, kind in (("thumbnail_path", fo.StringField), ("name", fo.StringField), ("split", fo.StringField), ("sample", fo.IntField)):
        dataset.add_sample_field(field, kind)
    declare(dataset, fields_of(kinds if film else {"box", *kinds}, suggested))
    config = dataset.app_config
    config.media_fields, config.grid_media_field = ["filepath", "thumbnail_path"], "thumbnail_path"
    config.modal_media_field = "filepath"
    if colors:
        paths = [*HOLDERS, *(f"frames.{field}" for field in HOLDERS)] if film else HOLDERS
        values = [{"value": name, "color": color} for name, color in colors.items()]
        config.color_scheme = fo.ColorScheme(color_by="value", fields=[{"path": field, "valueColors": values} for field in paths])
    dataset.save()
    return dataset


def make_way(name: str) -> None:
    """The App's address holds our name, so a mirror that is just being closed must not have it any more."""
    import fiftyone as fo

    to_slug = fo.core.utils.to_slug
    for other in fo.list_datasets():
        if to_slug(other) == to_slug(name):
            with contextlib.suppress(ValueError):  # it is gone already
                fo.load_dataset(other).name = f"closed {ObjectId()}"


def fields_of(kinds: Iterable[str], suggested: Iterable[str]) -> list[str]:
    """Where labels of these kinds are shown."""
    return [ACCEPTED[kind] for kind in kinds] + [SUGGESTED[kind] for kind in suggested]


def declare(dataset: fo.Dataset, fields: Iterable[str], in_frames: bool = False) -> None:
    """Add label fields that the dataset lacks."""
    import fiftyone as fo

    known = dataset.get_frame_field_schema() if in_frames else dataset.get_field_schema()
    add = dataset.add_frame_field if in_frames else dataset.add_sample_field
    for field in sorted(set(fields) - set(known)):
        holder = HOLDERS[field]
        add(field, fo.EmbeddedDocumentField, embedded_doc_type=getattr(fo, holder))
        add(f"{field}.{holder.lower()}.source", fo.StringField)


def collection(dataset: fo.Dataset) -> Any:
    return dataset._sample_collection


def frame_collection(dataset: fo.Dataset) -> Any:
    return dataset._frame_collection


def fill(target: Any, id: Any, batches: Iterable[pa.RecordBatch], make: Make = documents) -> Iterator[int]:
    """Insert what ``make`` makes of each batch into the collection ``target`` of the dataset ``id``; yield how many there were."""
    for batch in batches:
        made = list(make(batch, id))
        for start in range(0, len(made), INSERT):
            insert(target, made[start : start + INSERT])
        yield len(made)


def insert(target: Any, made: list[Any]) -> None:
    """Documents that are there already are newer and stay."""
    from pymongo.errors import BulkWriteError

    try:
        target.insert_many(made, ordered=False)
    except BulkWriteError as error:
        if any(problem["code"] != DUPLICATE for problem in error.details["writeErrors"]):
            raise
