"""The head of a lake in an object store: which manifests are current, and who holds the lake.

One small object. It is replaced by conditional puts only, so every version follows from the one before; that
is the commit of Iceberg and Delta tables on object stores. Its generation counts commits.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import uuid4

from paperlake.errors import LakeError
from paperlake.lake.remote.object_store import ConflictError, ObjectStore

HEAD_KEY = "head.json"
HEAD_VERSION = 1


@dataclass(frozen=True)
class Lease:
    """Who holds the lake. It is held for as long as the holder changes `beat`."""

    token: str
    who: str
    host: str
    pid: int
    started: str | None
    """When the process started, as `lake.locking.process.start_time` gives it."""
    since: str
    seconds: float
    """Without a beat for so long the lease has ended."""
    beat: int = 0


@dataclass(frozen=True)
class Head:
    """The state of a lake in an object store."""

    format_version: int
    generation: int = 0
    """Number of commits so far."""
    manifests: dict[str, str] = field(default_factory=dict)
    """The object of the current manifest, by stage."""
    published: dict[str, str] = field(default_factory=dict)
    """The object of which a copy was put under a fixed name, by that name."""
    obsolete: dict[str, float] = field(default_factory=dict)
    """Objects of earlier commits, with the time of the commit that replaced them, in seconds (UTC)."""
    lease: Lease | None = None

    def committed(self, stage: str, key: str) -> Head:
        """Return the head after a commit of a stage."""
        return replace(self, generation=self.generation + 1, manifests={**self.manifests, stage: key})

    def to_json(self, write_id: str) -> bytes:
        """Return the head as it is written."""
        return json.dumps({"head": HEAD_VERSION, "write_id": write_id, **asdict(self)}, indent=1).encode()


@dataclass
class StoredHead:
    """A head with the entity tag of its version; `head` is None where the lake has none yet."""

    head: Head | None
    e_tag: str | None
    write_id: str = ""


def read_head(store: ObjectStore) -> StoredHead:
    """Return the current head.

    Raises:
        LakeError: It cannot be read, or is none.
    """
    found = store.get(HEAD_KEY)
    if found is None:
        return StoredHead(None, None)
    content, e_tag = found
    try:
        values: dict[str, Any] = json.loads(content)
        version, write_id = values.pop("head"), values.pop("write_id")
        if version != HEAD_VERSION:
            raise LakeError(
                f"{store.url}/{HEAD_KEY} has version {version}, this paperlake writes {HEAD_VERSION}. "
                "Use the paperlake that wrote it."
            )
        lease = Lease(**values.pop("lease")) if values["lease"] else values.pop("lease")
        return StoredHead(Head(**values, lease=lease), e_tag, write_id)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LakeError(
            f"{store.url}/{HEAD_KEY} is damaged. Put an earlier version of the object back; without one, "
            "delete it and run `paperlake run`: all tables are built again from raw/ and curated/."
        ) from error


def replace_head(store: ObjectStore, known: StoredHead, head: Head) -> StoredHead:
    """Replace a version of the head by the next one.

    Where the store says that another version is there, it is read: it may be the one of this call, whose
    first answer was lost.

    Raises:
        ConflictError: Somebody else replaced the version.
        LakeError: The store cannot be written to.
    """
    write_id = uuid4().hex
    try:
        e_tag = store.put_if(HEAD_KEY, head.to_json(write_id), known.e_tag)
    except ConflictError:
        now = read_head(store)
        if now.write_id != write_id:
            raise
        return now
    return StoredHead(head, e_tag, write_id)
