"""Untrusted media: decoded in sandboxed children, never here; thumbnails, frames, archives, GPS.

**Which blob holds the pixels?** Always ``samples.blob``. Its pixels are upright: whoever reads it (browser, FiftyOne,
training, export) needs no EXIF orientation, and width, height and all geometry refer to it. ``samples.sha256``,
``bytes`` and ``mime`` describe exactly this blob.

- An ordinary image is kept byte for byte as it came, except that GPS tags are blanked in place unless the
  import says ``keep_gps`` (no re-encoding: the pixels do not change).
- An image with EXIF orientation 2 to 8 is turned upright once, at import, into a copy of the same format without
  metadata (JPEG quality 95, same chroma subsampling; PNG and TIFF lossless). That copy is ``samples.blob``, and
  ``samples.orientation`` remembers the tag. The file as it came stays in the vault for its owner's archive: as a row of
  ``samples`` with the same id and ``since = until = 0``, which belongs to no revision and is erased with the sample.
- A video is kept byte for byte, except that what MP4, MOV, Matroska and WebM say of where it was filmed is blanked in
  place; width and height are as it is shown, rotation applied; ``decoder.frame`` and ``decoder.frames`` return turned frames.

Thumbnails are JPEG (PNG where there is transparency), at most 256 pixels a side, upright, without any metadata.
"""

from comexp_lab.media.decoder import Decoder, MediaInfo, Pixels
from comexp_lab.media.gps import strip_gps

__all__ = ["Decoder", "MediaInfo", "Pixels", "strip_gps"]
