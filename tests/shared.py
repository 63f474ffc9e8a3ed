"""The reference material beside a checkout of this project; a release comes without it."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

SHARED = Path(__file__).parent.parent.parent / "shared"
ABSENT = "../shared is not here"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)


def shared_yaml(path: str) -> Any:
    """A YAML file of `../shared`; nothing where that is absent."""
    file = SHARED / path
    return YAML(typ="safe").load(file.read_text("utf-8")) if file.is_file() else {}
