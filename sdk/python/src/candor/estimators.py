"""Models of scikit-learn, LightGBM and XGBoost that record what they are asked and answer.

The caller's thread copies what it was given and what came out; rows are taken apart, and attributions
computed, by the background thread.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import ids, tables
from .digest import version_of
from .encode import Row
from .pipeline import Later

if TYPE_CHECKING:
    from .client import Client

METHODS = ("predict", "predict_proba", "inplace_predict")
"""Methods whose calls are recorded."""
UNRECORDED = ("pred_leaf", "pred_contrib", "raw_score", "output_margin", "pred_contribs", "pred_interactions")
"""Arguments that ask for something that is no prediction."""
ARROW_FROM = 256
"""From so many rows on, columns go as they are where pyarrow is loaded."""


class Watched:
    """A model that behaves as the one it holds, and records its predictions."""

    def __init__(
        self,
        client: Client,
        model: Any,
        name: str,
        version: str | None,
        features: Sequence[str] | None,
        positive: Any,
        explain: bool,
        fields: Mapping[str, Any],
    ) -> None:
        hidden = object.__setattr__
        hidden(self, "__wrapped__", model)
        hidden(self, "_client", client)
        hidden(self, "_reading", Reading(model, name, version or version_of(model), features, positive, fields))
        hidden(self, "_attributions", _contributions(model) if explain else None)
        hidden(self, "last_ids", ())

    @property
    def __class__(self) -> type:
        # So that `isinstance` and libraries see the model that it is.
        return type(self.__wrapped__)

    @__class__.setter
    def __class__(self, value: type) -> None:
        raise AttributeError("the class of a watched model cannot be set")

    def __getattr__(self, name: str) -> Any:
        value = getattr(object.__getattribute__(self, "__wrapped__"), name)
        return self._recorded(value) if name in METHODS and callable(value) else value

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__wrapped__, name, value)

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __reduce__(self) -> Any:
        # A pickle holds the model alone: whoever loads it need not have this library.
        return _itself, (self.__wrapped__,)

    def _recorded(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def recorded(X: Any, *args: Any, **kwargs: Any) -> Any:
            begin = time.perf_counter()
            answer = method(X, *args, **kwargs)
            try:
                if not any(kwargs.get(name) for name in UNRECORDED):
                    self._record(X, answer, (time.perf_counter() - begin) * 1000)
            except Exception as error:
                self._client.complaints.mistake("watch", error)
            return answer

        return recorded

    def _record(self, X: Any, answer: Any, latency_ms: float) -> None:
        answer = answer.copy()
        rows = len(answer)
        made = ids.IdRange(rows)
        object.__setattr__(self, "last_ids", made)
        taken = _snapshot(X)
        entry = Call(self._reading, taken, answer, made, latency_ms, self._attributions)
        self._client.put_later(entry)


class Reading:
    """How rows and answers of one model are read."""

    def __init__(
        self,
        model: Any,
        name: str,
        version: str,
        features: Sequence[str] | None,
        positive: Any,
        fields: Mapping[str, Any],
    ) -> None:
        self.name = name
        self.version = version
        self.fields = dict(fields)
        self.classes = _words(getattr(model, "classes_", None))
        self.positive = len(self.classes or ()) - 1
        if positive is not None and self.classes is not None:
            self.positive = self.classes.index(str(positive))
        self.objective = _objective(model)
        self._features = list(features) if features is not None else _feature_names(model)

    def names(self, X: Any, width: int) -> list[str]:
        """The features' names: those that were told, the data's own, the model's, or positions."""
        own = self._features or getattr(X, "columns", None)
        names = [str(name) for name in own] if own is not None else []
        return names if len(names) == width else [f"f{position}" for position in range(width)]

    def outputs(self, answer: Any) -> dict[str, list[Any]]:
        """Columns of outputs by name; scores by class are named `scores_<class>`."""
        if answer.ndim == 2 and answer.shape[1] > 1:
            classes = self.classes or [str(position) for position in range(answer.shape[1])]
            chosen = [classes[position] for position in answer.argmax(axis=1).tolist()]
            if len(classes) == 2:
                return {"class": chosen, "score": answer[:, self.positive].tolist()}
            scores = {f"scores_{word}": answer[:, at].tolist() for at, word in enumerate(classes)}
            return {"class": chosen, **scores}
        values = answer.reshape(-1).tolist()
        if self.classes is not None:
            return {"class": [_word(value) for value in values]}
        if self.objective.startswith(("binary", "cross_entropy", "xentropy")):
            return {"score": values}
        return {"value": values}


class Call(Later):
    """One call of a watched model, as the caller's thread left it."""

    def __init__(
        self,
        reading: Reading,
        X: Any,
        answer: Any,
        made: ids.IdRange,
        latency_ms: float,
        attributions: Callable[[Any], Any] | None,
    ) -> None:
        super().__init__(len(made), getattr(answer, "nbytes", 0) + _bytes_of(X))
        self._reading = reading
        self._X = X
        self._answer = answer
        self._ids = made
        self._at = time.time_ns()
        self._latency = latency_ms
        self._attributions = attributions

    def rows_of(self) -> Iterator[Row] | None:
        """The rows; None if they go as columns."""
        outputs = self._reading.outputs(self._answer)
        contributions = self._attributions(self._X) if self._attributions is not None else None
        if self.rows >= ARROW_FROM and "pyarrow" in sys.modules and contributions is None:
            return None
        return self._rows(outputs, contributions)

    def bodies(self) -> Iterator[tuple[str, int, bytes]]:
        """Requests of columns: door, rows and body of each."""
        columns = _columns(self._X)
        names = self._reading.names(self._X, len(columns))
        table: dict[str, Any] = {f"input_{name}": column for name, column in zip(names, columns)}
        table.update({f"output_{name}": column for name, column in self._reading.outputs(self._answer).items()})
        table.update(
            {"id": list(self._ids), "time": [self._at] * self.rows, "latency_ms": [self._latency] * self.rows}
        )
        table["version"] = [self._reading.version] * self.rows
        for name, value in self._reading.fields.items():
            table[name] = [value] * self.rows
        return tables.requests(table, self._reading.name)

    def _rows(self, outputs: dict[str, list[Any]], contributions: Any) -> Iterator[Row]:
        columns = _columns(self._X)
        names = self._reading.names(self._X, len(columns))
        lists = [column.tolist() if hasattr(column, "tolist") else list(column) for column in columns]
        for at in range(self.rows):
            fields: dict[str, Any] = {
                **self._reading.fields,
                "version": self._reading.version,
                "latency_ms": self._latency,
                "inputs": {name: _present(column[at]) for name, column in zip(names, lists)},
                "outputs": {name: column[at] for name, column in outputs.items()},
            }
            if contributions is not None:
                *parts, base = contributions[at].tolist()
                fields["attributions"] = {**dict(zip(names, parts)), "base_value": base}
            yield Row("prediction", self._reading.name, self._ids[at], self._at, fields)


def _itself(model: Any) -> Any:
    return model


def _present(value: Any) -> Any:
    """The value; None for what stands for a missing one in arrays."""
    return None if value != value else value


def _snapshot(X: Any) -> Any:
    """A copy that later changes of the caller's data do not reach."""
    module = type(X).__module__.partition(".")[0]
    if module == "pandas":
        import pandas

        # From 3 on a copy shares memory until somebody writes.
        return X.copy(deep=int(pandas.__version__.partition(".")[0]) < 3)
    if module in ("polars", "pyarrow", "xgboost"):
        return X
    if hasattr(X, "copy"):
        return [list(row) for row in X] if isinstance(X, list) else X.copy()
    return X


def _bytes_of(X: Any) -> int:
    size = getattr(X, "nbytes", None)
    if isinstance(size, int):
        return size
    shape = getattr(X, "shape", None)
    return 8 * shape[0] * shape[1] if shape is not None and len(shape) == 2 else 0


def _columns(X: Any) -> list[Any]:
    """The columns of whatever a model can be given."""
    if hasattr(X, "get_data"):
        # XGBoost's own matrix; what is missing in it is not stored.
        sparse = X.get_data()
        dense = sparse.toarray().astype("float64")
        present = sparse.copy()
        present.data = present.data * 0 + 1
        dense[present.toarray() == 0] = float("nan")
        X = dense
    if hasattr(X, "toarray"):
        X = X.toarray()
    if hasattr(X, "columns") and hasattr(X, "__getitem__"):
        return [X.iloc[:, at] if hasattr(X, "iloc") else X[name] for at, name in enumerate(X.columns)]
    if isinstance(X, list):
        return [list(column) for column in zip(*X)]
    if X.ndim == 1:
        return [X]
    return [X[:, at] for at in range(X.shape[1])]


def _word(value: Any) -> str:
    """A class as a word: whole numbers without a point, truth values as JSON says them."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _words(classes: Any) -> list[str] | None:
    if classes is None:
        return None
    values = classes.tolist() if hasattr(classes, "tolist") else list(classes)
    return None if values and isinstance(values[0], list) else [_word(value) for value in values]


def _feature_names(model: Any) -> list[str] | None:
    for name in ("feature_names_in_", "feature_name_", "feature_name", "feature_names"):
        try:
            value = getattr(model, name, None)
            value = value() if callable(value) else value
        except Exception:  # XGBoost raises when it knows no names
            continue
        if value is not None and len(value):
            return [str(item) for item in value]
    return None


def _objective(model: Any) -> str:
    """What a booster of LightGBM or XGBoost was trained for; empty for other models."""
    module = type(model).__module__.partition(".")[0]
    if type(model).__name__ != "Booster":
        return ""
    if module == "lightgbm":
        for line in str(model.model_to_string(num_iteration=1)).splitlines():
            if line.startswith("objective="):
                return line.partition("=")[2]
    if module == "xgboost":
        return str(json.loads(model.save_config())["learner"]["objective"]["name"])
    return ""


def _contributions(model: Any) -> Callable[[Any], Any] | None:
    """TreeSHAP by the library that grew the trees: for each row a number for each feature, and the base."""
    module = type(model).__module__.partition(".")[0]
    if module == "lightgbm":
        booster = getattr(model, "booster_", model)
        return lambda X: booster.predict(X, pred_contrib=True)
    if module == "xgboost":
        import xgboost

        booster = model.get_booster() if hasattr(model, "get_booster") else model

        def contributions(X: Any) -> Any:
            matrix = X if isinstance(X, xgboost.DMatrix) else xgboost.DMatrix(X)
            return booster.predict(matrix, pred_contribs=True)

        return contributions
    raise ValueError(f"attributions are computed by LightGBM and XGBoost; this is {module}")
