"""Objects below one prefix of a bucket, through obstore: S3, Google Cloud Storage, Azure.

Credentials and endpoints come from the variables that each service's own tools read (such as AWS_REGION).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from paperlake.errors import LakeError, UsageError
from paperlake.lake.files import writing
from paperlake.text.secrets import mask

MAX_RETRIES = 8
MAX_BACKOFF = timedelta(seconds=5)
RETRY_TIMEOUT = timedelta(minutes=2)
REQUEST_TIMEOUT = timedelta(minutes=5)  # of one request: a part of 5 MB, or a whole file that is fetched
CHUNK_BYTES = 8 << 20
DELETED_AT_ONCE = 1000


class ConflictError(Exception):
    """A conditional put found another version of the object than was named."""


@dataclass(frozen=True)
class ObjectInfo:
    """An object as it is listed."""

    key: str
    """Its name below the prefix."""
    byte_size: int
    e_tag: str
    last_modified: datetime


class ObjectStore:
    """The objects below a URL such as s3://bucket/prefix."""

    def __init__(self, url: str) -> None:
        try:
            import obstore  # noqa: PLC0415  # an extra
            from obstore.store import from_url  # noqa: PLC0415
        except ImportError as error:
            raise UsageError(
                f"A lake at {mask(url)} needs obstore, which is not installed. Run "
                "`make setup EXTRAS=dev,object-store` in the clone."
            ) from error
        self.url = url
        self._library = obstore
        # Google Cloud Storage replaces by the generation of an object, the others by its entity tag.
        self._has_generations = url.startswith("gs://")
        try:
            self._store: Any = from_url(
                url,
                client_options={"timeout": REQUEST_TIMEOUT, "allow_http": True},  # the endpoint's URL decides
                retry_config={
                    "max_retries": MAX_RETRIES,
                    "retry_timeout": RETRY_TIMEOUT,
                    "backoff": {"max_backoff": MAX_BACKOFF},
                },
            )
        except (ValueError, obstore.exceptions.BaseError) as error:
            raise UsageError(f"The lake {mask(url)} cannot be opened: {_first_line(error)}") from error

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return the content of a small object and its version; None where there is none."""
        with self._errors("read", key):
            try:
                found = self._library.get(self._store, key)
            except (FileNotFoundError, self._library.exceptions.NotFoundError):
                return None
            return bytes(found.bytes()), self._version(found.meta)

    def fetch(self, key: str, path: Path) -> bool:
        """Write an object to a file, whole or not at all; return whether it exists."""
        with self._errors("read", key):
            try:
                found = self._library.get(self._store, key)
            except (FileNotFoundError, self._library.exceptions.NotFoundError):
                return False
            with writing(path) as file:
                for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                    file.write(chunk)
            return True

    def put(self, key: str, content: bytes | Path) -> str:
        """Write an object whole; return its entity tag, as `list` gives it."""
        with self._errors("write", key):
            return str(self._library.put(self._store, key, content)["e_tag"]).strip('"')

    def put_if(self, key: str, content: bytes, version: str | None) -> str:
        """Replace a version of an object; return the new version.

        Args:
            key: The object.
            content: Its new content.
            version: The version that is to be replaced, as `get` or this function gave it; None where there
                must be no object yet.

        Raises:
            ConflictError: There is another version, or one where none was expected. This is also the answer
                where an earlier try of the same request was carried out and its answer was lost.
            LakeError: The store cannot be written to.
        """
        field = "version" if self._has_generations else "e_tag"
        mode: Any = "create" if version is None else {field: version}
        exceptions = self._library.exceptions
        with self._errors("write", key):
            try:
                return self._version(self._library.put(self._store, key, content, mode=mode))
            except (exceptions.PreconditionError, exceptions.AlreadyExistsError) as error:
                raise ConflictError(key) from error

    def _version(self, known: Any) -> str:  # noqa: ANN401  # one of several dictionaries of obstore
        return str(known["version"] if self._has_generations else known["e_tag"])

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """List the objects whose name begins with a prefix that ends at a slash."""
        with self._errors("list", prefix):
            for part in self._library.list(self._store, prefix):
                for one in part:
                    yield ObjectInfo(
                        one["path"], one["size"], str(one["e_tag"]).strip('"'), one["last_modified"]
                    )

    def find(self, key: str) -> ObjectInfo | None:
        """Return what is known of one object; None where there is none."""
        with self._errors("read", key):
            try:
                one = self._library.head(self._store, key)
            except (FileNotFoundError, self._library.exceptions.NotFoundError):
                return None
            return ObjectInfo(key, one["size"], str(one["e_tag"]).strip('"'), one["last_modified"])

    def copy(self, key: str, target: str) -> None:
        """Copy an object within the store."""
        with self._errors("write", target):
            self._library.copy(self._store, key, target)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; those that are gone already are passed over."""
        for start in range(0, len(keys), DELETED_AT_ONCE):
            with self._errors("delete", keys[start]):
                try:
                    self._library.delete(self._store, list(keys[start : start + DELETED_AT_ONCE]))
                except (FileNotFoundError, self._library.exceptions.NotFoundError):
                    continue

    @contextmanager
    def _errors(self, what: str, key: str) -> Iterator[None]:
        """Turn the library's errors into one that names the lake and the object."""
        try:
            yield
        except (OSError, ValueError, self._library.exceptions.BaseError) as error:
            raise LakeError(
                f"Cannot {what} {mask(self.url)}/{key}: {_first_line(error)} Check the network, the "
                "credentials (for S3 the variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and "
                "AWS_ENDPOINT_URL) and the bucket, and run again; nothing that was committed is lost."
            ) from error


def is_safe_key(key: str) -> bool:
    """Return whether an object's name may name a file below a folder of this machine."""
    parts = key.split("/")
    return (
        all(part not in ("", ".", "..") and len(part.encode()) < 250 for part in parts)
        and "\\" not in key
        and key.isprintable()
        and not os.path.isabs(key)  # noqa: PTH117  # a name, not yet a path
    )


def _first_line(error: Exception) -> str:
    line = mask(str(error).splitlines()[0] if str(error) else type(error).__name__)
    return line[:300].rstrip(". ") + "."
