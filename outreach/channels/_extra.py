"""What a channel needs and a bare installation does not have: an extra of the package."""

from importlib.util import find_spec

from outreach.model.errors import Refused


def require(kind: str, *modules: str) -> None:
    """Raise Refused, with the command that installs it, where a module of the extra is missing.

    The extra is named as the kind of channel that brings it.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise Refused(
            f"an account of the kind {kind} needs {', '.join(missing)}, which is not installed: "
            f"pip install 'outreach[{kind}]'"
        )
