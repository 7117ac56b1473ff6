"""The learned model as a file: arrays of numpy, compressed, the same bytes for the same model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cases.rules.learned_model import LearnedModel, Table


def save_model(model: LearnedModel, path: Path) -> None:
    """Write the file."""
    np.savez_compressed(path, **_packed(model))


def load_model(path: Path) -> LearnedModel:
    """Read the file. Raises ValueError or OSError for what is no model; runs nothing that stands in it."""
    with np.load(path, allow_pickle=False) as arrays:
        try:
            return _unpacked(arrays)
        except KeyError as error:
            raise ValueError(f"{path.name} is no model of this program: {error}") from error


def _packed(model: LearnedModel) -> dict[str, Any]:
    thresholds, mixed = sorted(model.thresholds), sorted(model.mixes)
    return {
        "version": _text([model.version]),
        "heads": _text(model.heads),
        "scales": model.scales,
        "intercepts": model.intercepts,
        "mix_names": _text(mixed),
        "mixes": np.stack([model.mixes[name] for name in mixed]),
        "threshold_names": _text(thresholds),
        "thresholds": np.array([model.thresholds[name] for name in thresholds], dtype=np.float32),
    } | {
        f"{name}_{part}": array
        for name, table in (("words", model.words), ("signals", model.signals))
        for part, array in (
            ("names", _text(sorted(table.rows, key=table.rows.__getitem__))),
            ("weights", table.weights),
            ("sizes", table.sizes.astype(np.float16)),
        )
    }


def _unpacked(arrays: Mapping[str, Any]) -> LearnedModel:
    return LearnedModel(
        version=_names(arrays["version"])[0],
        heads=tuple(_names(arrays["heads"])),
        words=_table(arrays, "words"),
        signals=_table(arrays, "signals"),
        scales=arrays["scales"],
        intercepts=arrays["intercepts"],
        mixes=dict(zip(_names(arrays["mix_names"]), arrays["mixes"], strict=True)),
        thresholds=dict(
            zip(_names(arrays["threshold_names"]), map(float, arrays["thresholds"]), strict=True)
        ),
    )


def _table(arrays: Mapping[str, Any], name: str) -> Table:
    return Table(
        rows={piece: row for row, piece in enumerate(_names(arrays[f"{name}_names"]))},
        weights=arrays[f"{name}_weights"],
        sizes=arrays[f"{name}_sizes"].astype(np.float32),
    )


def _text(names: Any) -> Any:
    return np.frombuffer("\n".join(names).encode(), dtype=np.uint8)


def _names(array: Any) -> list[str]:
    return bytes(array).decode().split("\n") if array.size else []
