"""What a network can do, read off the code that does it."""

from typing import TYPE_CHECKING, Any, get_args, get_type_hints

if TYPE_CHECKING:
    from outreach.channels import Channel

VERBS = ("publish", "collect", "edit", "delete")


def ability(module: "Channel") -> dict[str, bool | int | str]:
    """Verb by verb whether any account of the kind has it, and what a note may be and cost.

    Nothing is opened and no SDK loaded: what `open` gives is in its signature.
    """
    opened = get_type_hints(module.open)["return"]
    classes = get_args(opened) or (opened,)
    limits = module.LIMITS
    return {
        **{verb: any(hasattr(one, verb) for one in classes) for verb in VERBS},
        "threads": limits is not None and limits.threads,
        "images": limits.images if limits else 0,
        "deduplication": limits.deduplication if limits else "",
        "cost": _cost(module) if any(hasattr(one, "price") for one in classes) else "free",
        "receive": any(hasattr(one, "receive") for one in classes),
    }


def _cost(module: Any) -> str:
    """The module's PRICES (US dollars), which a network that takes money exports."""
    return ", ".join(f"${price} {what}" for what, price in module.PRICES.items())
