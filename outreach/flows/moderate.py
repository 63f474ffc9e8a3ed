"""A person's word on what strangers sent."""

from outreach.store import conversation, mentions
from outreach.store.database import Database
from outreach.store.mentions import Logged


def moderate(
    database: Database, logged: Logged, *, accept: bool, all_of_author: bool = False
) -> int:
    """Let a mention in, or keep it out as spam; gives back how many it were.

    Who has something let in is known from then on, and waits no more. `all_of_author` says the same
    of all that waits of the same author.
    """
    mention, word = logged.mention, "" if accept else "spam"
    with database.atomic():
        mentions.moderate(database, mention.account, mention.id, word)
        if not all_of_author:
            return 1
        return 1 + mentions.moderate_author(database, mention.account, mention.author.id, word)


def put_on_page(
    database: Database, logged: Logged, word: str, *, all_of_author: bool = False
) -> int:
    """Show a mention under its post, or hide it there, whatever config.yaml says; gives back how
    many it were. What waits to be let in is shown by neither word."""
    mention = logged.mention
    with database.atomic():
        if all_of_author:
            return conversation.put_author_on_page(
                database, mention.account, mention.author.id, word
            )
        conversation.put_on_page(database, mention.account, mention.id, word)
    return 1
