"""Finds, checks and keeps the picture of a row: bytes inside the row, or a file in the set's folder."""

from __future__ import annotations

import base64
import binascii
import io
import warnings
from pathlib import Path

from PIL import Image

from .rows import Row

#: Endings of the formats that the evaluation opens; a picture of any other is kept as PNG.
KEPT = {"PNG": ".png", "JPEG": ".jpg", "MPO": ".jpg", "WEBP": ".webp", "AVIF": ".avif", "GIF": ".gif", "BMP": ".bmp"}
#: Most pixels of a picture that is decoded, as in src/image/sniff.ts.
MOST_PIXELS = 100_000_000


class PictureFault(Exception):
    """What is wrong with a row's picture, as the end of a sentence that begins with the row."""


def picture_bytes(row: Row) -> bytes | None:
    """The bytes of a row's picture file; None where it has none. Throws PictureFault when they are said to be somewhere and are not.

    `image` is bytes, a path, or what `datasets` makes of a picture, {bytes, path}, in JSON with the bytes in base64.
    """
    image = row.fields.get("image")
    inside = image.get("bytes") if isinstance(image, dict) else image if isinstance(image, bytes) else None
    path = image.get("path") if isinstance(image, dict) else image if isinstance(image, str) else row.fields.get("image_path")
    if isinstance(inside, str) and inside:
        try:
            inside = base64.b64decode(inside, validate=True)
        except binascii.Error as error:
            raise PictureFault("has an image whose bytes are not base64") from error
    if isinstance(inside, bytes):
        return inside
    if image is not None and not isinstance(image, str | dict):
        raise PictureFault(f"has an image of type {type(image).__name__}; expected bytes or a path")
    return _file(row, path) if isinstance(path, str) and path else None


def _file(row: Row, path: str) -> bytes:
    """The file, looked for at its path, without the folder's own name before it, and where ScienceQA's layout has it."""
    split = row.fields.get("split")
    places = [Path(path)]
    if Path(path).parts[0] == row.folder.name:
        places.append(Path(*Path(path).parts[1:]))
    if row.key:
        places += [Path("images", *([split] if isinstance(split, str) else []), row.key, path), Path("images", row.key, path)]
    root = row.folder.resolve()
    for place in places:
        file = (root / place).resolve()
        if file.is_file():
            if not file.is_relative_to(root):
                raise PictureFault(f"has the image {path!r}, which is outside {row.folder}")
            return file.read_bytes()
    raise PictureFault(f"has the image {path!r}, which is not in {row.folder}")


def decoded(data: bytes) -> Image.Image:
    """The whole picture, in the mode it is stored in. Throws PictureFault when it is broken or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
        if image.width * image.height > MOST_PIXELS:
            raise PictureFault(f"has an image of {image.width} x {image.height} pixels; at most {MOST_PIXELS // 1_000_000} million are opened")
        image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureFault(f"has an image of {len(data)} bytes that cannot be opened") from error
    return image


def as_rgb(image: Image.Image) -> Image.Image:
    """A picture as the model sees it: RGB, what is transparent on white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def write_picture(data: bytes, stem: Path) -> Path:
    """Writes a picture under `stem` with its format's ending, as it is where the evaluation opens that format, else as PNG."""
    image = decoded(data)
    file = stem.with_name(stem.name + KEPT.get(image.format or "", ".png"))
    if image.format in KEPT:
        file.write_bytes(data)
    else:
        image.convert("RGBA" if "A" in image.mode else "RGB").save(file)
    return file
