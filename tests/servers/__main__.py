"""`make servers`: installs what the servers of the tests need, where it is missing.

Each file here that has an `install()` installs its own, and is silent where all is there.
"""

import pkgutil
from importlib import import_module

from tests import servers


def main() -> None:
    for entry in pkgutil.iter_modules(servers.__path__):
        if entry.name.startswith(("_", "test_")):
            continue
        install = getattr(import_module(f"{servers.__name__}.{entry.name}"), "install", None)
        if install is not None:
            install()


if __name__ == "__main__":
    main()
