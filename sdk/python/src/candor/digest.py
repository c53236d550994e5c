"""A version's name from what the model is: the same model has the same name wherever it is loaded.

Pickles of equal models differ by the order of sets, by shared references and by padding between fields.
So the digest goes by content: values by type, arrays by type, shape and elements, objects by their class
and the state that they would be pickled with.
"""

from __future__ import annotations

import copyreg
import hashlib
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def version_of(model: Any) -> str:
    """A version for a model in memory, a file or a folder (`pathlib.Path`), or bytes: `sha256:` and 12 digits.

    Raises what reading the model raises: OSError for files, TypeError for objects that cannot be pickled.
    """
    return f"sha256:{digest(model).hex()[:12]}"


def digest(model: Any) -> bytes:
    """The whole digest, SHA-256."""
    if isinstance(model, os.PathLike):
        return _of_path(Path(model))
    own = _own_form(model)
    return _Content().of(model if own is None else own)


def _of_path(path: Path) -> bytes:
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    whole = hashlib.sha256()
    for file in files:
        name = "" if file == path else str(file.relative_to(path))
        content = hashlib.sha256()
        with file.open("rb") as source:
            for chunk in iter(lambda: source.read(1 << 20), b""):
                content.update(chunk)
        whole.update(_tagged(name.encode(), content.digest()))
    return whole.digest()


def _own_form(model: Any) -> bytes | None:
    """What LightGBM and XGBoost write of their trees, which live outside of Python."""
    for name in ("get_booster", "booster_"):
        try:
            inner = getattr(model, name, None)
            model = inner() if callable(inner) else (model if inner is None else inner)
        except Exception:  # a model that is not fitted has no trees yet
            return None
    module = type(model).__module__.partition(".")[0]
    if module == "xgboost" and hasattr(model, "save_raw"):
        return bytes(model.save_raw("ubj"))
    if module == "lightgbm" and hasattr(model, "model_to_string"):
        return str(model.model_to_string(num_iteration=-1)).encode()
    return None


class _Content:
    """Digests of values by their content; each object once, cycles by the fact that they are."""

    def __init__(self) -> None:
        # The objects are kept beside their digests, or another object could take their address.
        self._known: dict[int, tuple[Any, bytes]] = {}
        self._open: set[int] = set()

    def of(self, value: Any) -> bytes:
        """The digest of `value`."""
        if value is None or isinstance(value, (bool, int, float, complex, str, bytes, bytearray)):
            return _tagged(type(value).__name__.encode(), _plain(value))
        if id(value) in self._known:
            return self._known[id(value)][1]
        if id(value) in self._open:
            return _tagged(b"cycle")
        self._open.add(id(value))
        made = self._of_object(value)
        self._open.remove(id(value))
        self._known[id(value)] = (value, made)
        return made

    def _of_object(self, value: Any) -> bytes:
        if isinstance(value, (list, tuple)):
            return _tagged(b"sequence", *map(self.of, value))
        if isinstance(value, (set, frozenset)):
            return _tagged(b"set", *sorted(map(self.of, value)))
        if isinstance(value, Mapping):
            return _tagged(b"mapping", *sorted(self.of(key) + self.of(item) for key, item in value.items()))
        if isinstance(value, type) or (hasattr(value, "__qualname__") and hasattr(value, "__module__")):
            return _tagged(b"name", f"{value.__module__}.{value.__qualname__}".encode())
        if hasattr(value, "__array_interface__") and hasattr(value, "dtype"):
            return self._of_array(value)
        reduced = value.__reduce_ex__(4)
        if isinstance(reduced, str):
            return _tagged(b"name", reduced.encode())
        make, arguments, state = (*reduced, None)[:3]
        if make is getattr(copyreg, "__newobj__", None):
            make, arguments = arguments[0], arguments[1:]
        items = [list(part) for part in reduced[3:5] if part is not None]
        return _tagged(b"object", self.of(make), self.of(arguments), self.of(state), self.of(items))

    def _of_array(self, array: Any) -> bytes:
        if array.dtype.names:
            # Field by field: what lies between the fields is not initialised.
            return _tagged(b"record", *(self.of(name) + self.of(array[name]) for name in array.dtype.names))
        if array.dtype.hasobject:
            return _tagged(b"array", self.of(array.tolist()))
        shape = ",".join(map(str, array.shape)).encode()
        return _tagged(b"array", array.dtype.str.encode(), shape, array.tobytes())


def _plain(value: Any) -> bytes:
    if isinstance(value, float):
        return struct.pack("<d", value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else repr(value).encode()


def _tagged(*parts: bytes) -> bytes:
    """A digest of parts that cannot run into each other."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "little"))
        whole.update(part)
    return whole.digest()
