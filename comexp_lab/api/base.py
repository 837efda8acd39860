"""What all messages share."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Storage = Literal["retained", "ephemeral"]
MediaKind = Literal["image", "video", "frame"]
LabelKind = Literal["box", "rotated", "polygon", "mask", "keypoints", "tag"]
LabelState = Literal["suggested", "accepted", "rejected"]
RunKind = Literal["train", "predict", "evaluate", "import", "export", "archive", "check"]
RunStatus = Literal["queued", "running", "succeeded", "failed", "cancelled", "lost"]
DatasetPurpose = Literal["store", "browse", "annotate", "train", "predict", "evaluate", "export", "access", "erase"]
AccountPurpose = Literal["usage", "marketing", "service", "support"]
Purpose = Literal[DatasetPurpose, AccountPurpose]


class Model(BaseModel):
    """Base of all messages: unknown fields are an error, so a typo never passes silently."""

    model_config = ConfigDict(extra="forbid")
