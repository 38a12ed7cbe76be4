"""What a package holds, read back from its sealed files, each held against its digest before a byte of it goes out.

Called by `release` before anything leaves, by `receiving` and by the page for each download.
"""

from __future__ import annotations

import hashlib
import hmac
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.errors import PermanentError
from bot.packages.models import Package, PackageFile, PackageFinding
from bot.sealing import SealBroken, Sealer


class NotWhole(PermanentError):
    """A package's file is gone, altered or sealed with another key: it must be built again."""


class Entry(NamedTuple):
    """A file of a package without its bytes. `name` is ours and names nobody."""

    id: int
    name: str
    content_type: str
    size: int
    digest: str


def entries(session: Session, package_id: int) -> Sequence[Entry]:
    """The files of a package, in the order in which they were built."""
    columns = (PackageFile.id, PackageFile.name, PackageFile.content_type, PackageFile.size, PackageFile.digest)
    rows = session.execute(select(*columns).where(PackageFile.package_id == package_id).order_by(PackageFile.id))
    return [Entry(*row) for row in rows]


def plain(session: Session, file_id: int, sealer: Sealer) -> bytes:
    """The bytes of one file.

    Raises:
        NotWhole: it is gone, is not what was built, or was built for another package.
    """
    row = session.execute(
        select(PackageFile.content, PackageFile.digest, PackageFile.size, Package.ticket_id, Package.version)
        .join(Package, Package.id == PackageFile.package_id)
        .where(PackageFile.id == file_id)
    ).first()
    if row is None or not row.content:
        raise NotWhole("a file of the package is gone: build the package again")
    try:
        found = sealer.open(row.content, PackageFile.purpose(row.ticket_id, row.version))
    except SealBroken as error:
        raise NotWhole(
            "a file of the package was altered or moved, or its key changed: build the package again"
        ) from error
    if len(found) != row.size or not hmac.compare_digest(hashlib.sha256(found).hexdigest(), row.digest):
        raise NotWhole("a file of the package is not the one that was built: build the package again")
    return found


def opened(session: Session, package: Package | None, sealer: Sealer) -> str:
    """The digest of a package all of whose files were opened just now, "" where it is none that is whole.

    For a reader's time: opening a large package takes a second, during which nobody else would be written down.
    """
    if package is None:
        return ""
    try:
        check(session, package, sealer)
    except NotWhole:
        return ""
    return package.digest


def check(session: Session, package: Package, sealer: Sealer, *, known: str = "") -> None:
    """Open every sealed file and hold all of them against the package's own digest. A package that `opened` has just
    `known` as whole is held against its list of files alone.

    Raises:
        NotWhole: something is missing or altered.
    """
    files = entries(session, package.id)
    if not files or not hmac.compare_digest(whole_digest(files), package.digest):
        raise NotWhole("the package's files are not the ones that were built: build the package again")
    if known and hmac.compare_digest(known, package.digest):
        return
    for file in files:
        plain(session, file.id, sealer)


def open_findings(session: Session, package_id: int) -> int:
    """How many findings of the last scan nobody has settled."""
    query = select(func.count()).where(PackageFinding.package_id == package_id, PackageFinding.reason == "")
    return session.scalar(query) or 0


class Archive:
    """A ZIP that is written file by file and read in pieces as it grows, so that one file at most is in memory."""

    def __init__(self, built_at: datetime) -> None:
        self._pieces: list[bytes] = []
        self._day = built_at.timetuple()[:6]
        self._zip = zipfile.ZipFile(self, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]  # it needs no more

    def write(self, data: bytes, /) -> int:
        """What `zipfile` calls."""
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """What `zipfile` calls; there is nothing to wait for."""

    def add(self, name: str, content: bytes) -> Sequence[bytes]:
        """Add a file, and give what has been written since."""
        info = zipfile.ZipInfo(name, self._day)
        info.compress_type = zipfile.ZIP_DEFLATED
        self._zip.writestr(info, content)
        return self._taken()

    def end(self) -> Sequence[bytes]:
        """Write the directory, and give the rest."""
        self._zip.close()
        return self._taken()

    def _taken(self) -> Sequence[bytes]:
        pieces, self._pieces = self._pieces, []
        return pieces


def whole_digest(files: Sequence[Entry]) -> str:
    """The SHA-256 over the digests of a package's files, by name."""
    lines = "".join(f"{file.digest}  {file.name}\n" for file in sorted(files, key=lambda file: file.name))
    return hashlib.sha256(lines.encode()).hexdigest()
