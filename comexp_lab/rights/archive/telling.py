"""What an archive says about itself: in plain words, to BagIt tools, and as RO-Crate 1.1 for machines."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from comexp_lab.rights.archive.datasets import Told
from comexp_lab.rights.archive.shared import stamp
from comexp_lab.rights.archive.writing import Bag

Entity = dict[str, Any]
CRATE = "https://w3id.org/ro/crate/1.1"
VOCABULARY = {"dpv": "https://w3id.org/dpv#", "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#", "sha256": f"{CRATE}/terms#sha256"}
UNKNOWN = "No licence is recorded: these are the owner's own data, made available to the owner."
_TYPES = {
    ".jsonl": "application/jsonl",
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".yaml": "application/yaml",
    ".safetensors": "application/octet-stream",
    ".jsonld": "application/ld+json",
}

README = """\
Everything that is stored about your work in this lab, as of {at}.

You need no program of ours to read it. The folder data/ holds the data; the files beside it say what is there and prove that
nothing was changed: manifest-sha256.txt lists the SHA-256 of every file (check it with "sha256sum -c manifest-sha256.txt", or
with any BagIt tool), signature.json signs that list, ro-crate-metadata.json describes the files for machines.
Whether the archive is genuine: comexp verify {root}.zip
Into a lab again:               comexp restore {root}.zip

data/account.json       this workspace and its settings
data/ledger.jsonl       what happened with your data: requests, consents, letters, erasures; one entry a line
data/requests.json      the requests among them
data/consents/          the consents among them
data/models/            weights (safetensors), each with a .json of what is known of it
data/runs/              trainings, predictions, evaluations, imports, exports: parameters, metrics, log, kept checkpoints
data/uploads/           files that were uploaded, but not imported yet
data/datasets/<name>/
  originals/            your files, byte for byte as they are kept since you added them. If you did not ask otherwise, the lab
                        had removed places (GPS) from them when they came
  media/                pictures that had to be turned upright, as they are shown: labels refer to these
  removed/              files that you deleted from the dataset, but that undo can still bring back
  dataset.json          name, dates, settings of the dataset
  tables/               every row, as .csv for people and spreadsheets and as .parquet for programs:
                        samples (column file: where the picture lies in this archive), labels, classes, history (labels as
                        they were before a change), revisions (who changed what when), versions
  annotations/coco.json COCO: labels of all states, see the field state of an annotation; file_name is the sample's name
  annotations/yolo/     labels for Ultralytics, data.yaml first. To train, put the pictures beside them: images.csv says which
                        file belongs where. In Python, in the folder annotations/yolo:

{script}
  annotations/not-held.json   what these two formats have no place for (it is in the tables)

Small previews and search indexes are not in the archive: they are made again from the rest.
The pictures' names may differ from yours where they were not possible on every system; the tables have them as they were.

{datasets}
"""
SCRIPT = """\
    import csv, pathlib, shutil
    for row in csv.DictReader(open("images.csv", newline="", encoding="utf-8")):
        target = pathlib.Path(row["image"])
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(pathlib.Path("../../../../..") / row["file"], target)
"""


def readme(root: str, at: datetime, datasets: list[Told]) -> bytes:
    lines = [_line(told) for told in datasets] or ["There is no dataset in it."]
    return README.format(at=stamp(at)[:10], root=root, script=SCRIPT, datasets="\n".join(lines)).encode()


def _line(told: Told) -> str:
    lost = [f"{fmt.upper()} could not hold {count:,} {what}" for fmt, found in told.lost.items() for what, count in found.items()]
    about = f"{told.name} (data/{told.folder}): {told.samples:,} samples, {told.labels:,} labels, {told.files:,} files."
    return " ".join([about, *(f"{each}." for each in lost)])


def bag_info(bag: Bag, at: datetime, version: str) -> bytes:
    """RFC 8493, section 2.2.2."""
    facts = {
        "Bagging-Date": stamp(at)[:10],
        "Bag-Software-Agent": f"comexp_lab {version}",
        "External-Description": "All data of one person in one lab: access and portability",
        "Payload-Oxum": f"{bag.size}.{len(bag.sums)}",
    }
    return "".join(f"{name}: {value}\n" for name, value in facts.items()).encode()


def crate(bag: Bag, at: datetime, datasets: list[Told]) -> bytes:
    """RO-Crate 1.1 JSON-LD; the right that the archive fulfils in terms of DPV and its extension for the GDPR (Art. 15 and 20)."""
    files = list(_files(bag))
    inside = {f"data/{told.folder}/": told for told in datasets}
    parts: dict[str, list[Entity]] = {folder: [] for folder in inside}
    for file in files:
        folder = "/".join(file["@id"].split("/")[:3]) + "/"
        parts.setdefault(folder, []).append({"@id": file["@id"]})
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": "My data",
        "description": "Everything that is stored about the work of one person in one lab.",
        "datePublished": stamp(at),
        "license": {"@id": "#licence"},
        "hasPart": [*({"@id": folder} for folder in inside), *({"@id": file["@id"]} for file in files)],
        "mentions": {"@id": "#export"},
    }
    graph = [
        {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "conformsTo": {"@id": CRATE}, "about": {"@id": "./"}},
        root,
        {"@id": "#licence", "@type": "CreativeWork", "name": "Unknown", "description": UNKNOWN},
        {
            "@id": "#export",
            "@type": ["CreateAction", "dpv:RightExerciseActivity"],
            "name": "Access and portability",
            "endTime": stamp(at),
            "result": {"@id": "./"},
            "dpv:hasRight": [{"@id": "eu-gdpr:A15"}, {"@id": "eu-gdpr:A20"}],
        },
        *(_dataset(folder, told, parts[folder]) for folder, told in inside.items()),
        *files,
    ]
    return json.dumps({"@context": [f"{CRATE}/context", VOCABULARY], "@graph": graph}, ensure_ascii=False).encode()


def _dataset(folder: str, told: Told, parts: list[Entity]) -> Entity:
    return {
        "@id": folder,
        "@type": ["Dataset", "dpv:PersonalData"],
        "name": told.name,
        "description": f"{told.samples} samples with {told.labels} labels.",
        "dateCreated": told.created,
        "license": {"@id": "#licence"},
        "hasPart": parts,
    }


def _files(bag: Bag) -> Iterator[Entity]:
    for path, size in bag.sizes.items():
        yield {"@id": f"data/{path}", "@type": "File", "contentSize": str(size), "encodingFormat": mime(path), "sha256": bag.sums[path]}


def mime(path: str) -> str:
    ending = f".{path.rpartition('.')[2].lower()}"
    return _TYPES.get(ending) or mimetypes.guess_type(f"x{ending}")[0] or "application/octet-stream"
