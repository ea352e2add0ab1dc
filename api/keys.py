"""The keys this server works with: the operator's keys file, and in development keys of this machine's own."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from api.settings import Misconfigured, Settings
from services.keys import KeysUnusable, ServerKeys, kept_file, keys_after, keys_of, new_keys

OTHERS: Final = 0o007
"""What of a file's mode is for everybody; a group may be how a secret is given to a process."""
SIGN_IN_KEY: Final = "development-key.pem"
FACE_KEY: Final = "development-face-key.pem"

logger = logging.getLogger(__name__)


def server_keys(settings: Settings) -> ServerKeys:
    """Give the keys that seal personal data and pepper passwords; those of this machine unless a file is set (R28)."""
    try:
        keys = keys_of(settings.keys_file, settings.data_dir)
    except KeysUnusable as error:
        message = f"WALLET_KEYS_FILE: {error}" if settings.keys_file is not None else str(error)
        raise Misconfigured(message) from None
    if settings.keys_file is not None and settings.keys_file.stat().st_mode & OTHERS:
        logger.warning("WALLET_KEYS_FILE: others than its owner may read %s", settings.keys_file)
    return keys


def development_key(folder: Path, name: str = SIGN_IN_KEY) -> Ed25519PrivateKey:
    """Give a signing key of this machine; made on first use, readable by its owner only."""
    path = folder / name
    try:
        pem = kept_file(path, _new_key)
    except KeysUnusable as error:
        raise Misconfigured(str(error)) from None
    try:
        key = load_pem_private_key(pem, password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{path} is not an Ed25519 key; delete it, a new one is made"
        raise Misconfigured(message)
    return key


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def printed_keys(after: Path | None) -> str:
    """Give a keys file with new keys that hold from now on, and what that one holds as well."""
    try:
        return (new_keys() if after is None else keys_after(after)).decode()
    except KeysUnusable as error:
        raise Misconfigured(str(error)) from None
