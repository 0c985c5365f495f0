"""Keys of the processes of a cluster: who one is, and whom one talks to.

A folder holds a process's own pair (`own.key`, `own.key_secret`), the dispatcher's public key
(`dispatcher.key`), and in `allowed/` the public key of every process that may connect here: the
allow-list. Files are as ZMQ writes them; connections are encrypted by CURVE, and nobody who is not
on the list gets past the handshake.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final, final

import zmq.auth

from gradloom.ir.errors import FileError, FileMissing

_OWN: Final = "own"
_HUB: Final = "dispatcher.key"
_ALLOWED: Final = "allowed"


@final
class Keys:
    """The keys of a folder; FileMissing or FileError where they are not there, or others may read
    the secret one.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        secret = self.folder / f"{_OWN}.key_secret"
        if not secret.is_file():
            raise FileMissing(
                f"there is no key in {self.folder}", hint=f"make one: gradloom keys {self.folder}"
            )
        if secret.stat().st_mode & 0o077:
            raise FileError(
                f"{secret} may be read by others", hint=f"keep it for yourself: chmod 600 {secret}"
            )
        self.public, loaded = _loaded(secret)
        if loaded is None:
            raise FileError(f"{secret} holds no secret key", hint="make another: gradloom keys")
        self.secret: bytes = loaded

    @property
    def allowed(self) -> str:
        """The folder with the keys of those who may connect."""
        return str(self.folder / _ALLOWED)

    def dispatcher(self) -> bytes:
        """The dispatcher's public key."""
        path = self.folder / _HUB
        if not path.is_file():
            raise FileMissing(
                f"there is no {_HUB} in {self.folder}",
                hint="copy the own.key of the dispatcher's folder there, under this name",
            )
        return _loaded(path)[0]


def _loaded(path: Path) -> tuple[bytes, bytes | None]:
    try:
        public, secret = zmq.auth.load_certificate(path)
    except (OSError, ValueError) as e:
        raise FileError(f"{path} is no key: {e}", hint="make one: gradloom keys FOLDER") from None
    return public, secret


def make(folder: str | os.PathLike[str]) -> str:
    """See that a folder has a pair of keys; the public one, as text."""
    path = Path(folder)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    (path / _ALLOWED).mkdir(mode=0o700, exist_ok=True)
    if not (path / f"{_OWN}.key_secret").exists():
        _, secret = zmq.auth.create_certificates(path, _OWN)
        os.chmod(secret, 0o600)
    return Keys(path).public.decode()


def allow(folder: str | os.PathLike[str], key: str | os.PathLike[str], name: str) -> Path:
    """Put a public key on a folder's list, under a name; FileError where the file is none."""
    if not name or Path(name).name != name:
        raise FileError(f"{name!r} cannot be the name of a file")
    if Path(key).suffix == ".key_secret":
        raise FileError(f"{key} is a secret key", hint="allow the public one beside it: .key")
    _loaded(Path(key))
    target = Path(folder) / _ALLOWED / f"{name}.key"
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(key, target)
    return target
