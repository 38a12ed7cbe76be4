"""Takes a picture of a page and keeps it as WebP, which Chromium itself writes: a fifth of the PNG."""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.async_api import Page

ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--force-color-profile=srgb", "--hide-scrollbars"]
WIDTHS = {360: (740, 1.0), 768: (900, 0.75), 1440: (900, 0.5)}
"""Widths to look at in pixels, each with its height and how much of its size is kept: a phone, a tablet, a desk."""
QUALITY = 0.55
SMALLER = """async ([png, scale, quality]) => {
  const picture = new Image();
  picture.src = "data:image/png;base64," + png;
  await picture.decode();
  const canvas = new OffscreenCanvas(picture.width * scale, picture.height * scale);
  const drawing = canvas.getContext("2d");
  drawing.imageSmoothingQuality = "high";
  drawing.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const made = await canvas.convertToBlob({ type: "image/webp", quality });
  const reader = new FileReader();
  reader.readAsDataURL(made);
  await new Promise((done) => { reader.onload = done; });
  return reader.result.split(",")[1];
}"""


def emptied(folder: Path) -> None:
    """Make the folder, or take the older pictures out of it."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()


class Camera:
    """Keeps pictures in one folder; `darkroom` is an empty page, which makes them small."""

    def __init__(self, folder: Path, darkroom: Page) -> None:
        self._folder = folder
        self._darkroom = darkroom

    async def take(self, page: Page, name: str) -> None:
        """A picture of what the page shows now, at each width: NAME-WIDTH.webp."""
        for width, (height, scale) in WIDTHS.items():
            await page.set_viewport_size({"width": width, "height": height})
            png = base64.b64encode(await page.screenshot(animations="disabled")).decode()
            made = await self._darkroom.evaluate(SMALLER, [png, scale, QUALITY])
            (self._folder / f"{name}-{width}.webp").write_bytes(base64.b64decode(made))
