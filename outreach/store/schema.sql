-- What all migrations together lead to, for reading. A change is a new file in migrations/, and here.
-- Ids are text of our own; times are UTC text of one width, so that they sort; booleans are 0 or 1.

CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE account (
    name TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    not_before TEXT,
    cursor TEXT,
    polled TEXT,
    poll_error TEXT NOT NULL DEFAULT '',
    handle TEXT NOT NULL DEFAULT '',
    connected_by TEXT NOT NULL DEFAULT '',
    expires TEXT,
    unread TEXT NOT NULL DEFAULT ''
);

-- What an account's calls cost in a month (YYYY-MM, UTC).
CREATE TABLE spending (
    account TEXT NOT NULL REFERENCES account (name),
    month TEXT NOT NULL,
    microdollars BIGINT NOT NULL,
    PRIMARY KEY (account, month)
);

-- Why nothing is sent: everywhere (account ''), or as one account; by a person, or for its token.
CREATE TABLE hold (
    account TEXT NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('person', 'token')),
    reason TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (account, cause)
);

-- What a sign-in won, encrypted.
CREATE TABLE token (
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account, name)
);

-- The one process that may claim.
CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    fence INTEGER NOT NULL,
    expires TEXT NOT NULL
);

-- `entry_id` names it in feeds for ever. `talk` counts the changes of the conversation under it.
-- `tried` is when its public page was first looked for, `held` why nobody is told of it.
-- `changed` rises with every change of what the site shows of any post.
CREATE TABLE post (
    slug TEXT NOT NULL PRIMARY KEY,
    path TEXT NOT NULL,
    source TEXT NOT NULL,
    hash TEXT NOT NULL,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    published TEXT,
    first_seen TEXT NOT NULL,
    shown TEXT,
    withdrawn TEXT NOT NULL DEFAULT '',
    proved TEXT,
    proof_error TEXT NOT NULL DEFAULT '',
    revise INTEGER NOT NULL DEFAULT 0,
    entry_id TEXT NOT NULL DEFAULT '',
    talk INTEGER NOT NULL DEFAULT 0,
    tried TEXT,
    held TEXT NOT NULL DEFAULT '',
    changed INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX post_changed ON post (changed);
CREATE INDEX post_entry ON post (entry_id);
CREATE INDEX post_talk ON post (slug, talk) WHERE talk > 0;
CREATE INDEX post_held ON post (slug) WHERE held <> '';

-- Where a post was before it was renamed, from the site's root without slashes around it.
CREATE TABLE alias (
    path TEXT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    post TEXT NOT NULL
);

CREATE INDEX alias_url ON alias (url);

-- What is wrong in the files of the folder, as of the last pass.
CREATE TABLE mistake (
    path TEXT NOT NULL,
    line INTEGER NOT NULL,
    what TEXT NOT NULL,
    expected TEXT NOT NULL
);

CREATE TABLE delivery (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (name),
    activity TEXT NOT NULL CHECK (activity IN ('create', 'update', 'delete')),
    source TEXT NOT NULL,
    occurrence INTEGER NOT NULL DEFAULT 0,
    part INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 0,
    recipient TEXT NOT NULL DEFAULT '',
    after TEXT REFERENCES delivery (id),
    note TEXT NOT NULL,
    key TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('draft', 'held', 'ready', 'sending', 'sent', 'unknown', 'failed')),
    held TEXT NOT NULL DEFAULT '' CHECK (held IN ('', 'account', 'stale', 'parent', 'extra', 'restored', 'person')),
    due TEXT NOT NULL,
    fresh_from TEXT NOT NULL,
    look_from TEXT,
    started TEXT,
    attempted TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    doubt TEXT NOT NULL DEFAULT '' CHECK (doubt IN ('', 'lost', 'duplicate', 'refused')),
    looks INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    fence INTEGER NOT NULL DEFAULT 0,
    receipt_id TEXT,
    receipt_url TEXT,
    sent TEXT,
    written_by TEXT NOT NULL DEFAULT '',
    CHECK ((state = 'held') = (held <> '')),
    CHECK (state = 'sending' OR doubt = ''),
    CHECK (activity = 'create' OR after IS NOT NULL),
    CHECK (state <> 'sending' OR (started IS NOT NULL AND key <> '')),
    CHECK (state <> 'sent' OR (receipt_id IS NOT NULL AND sent IS NOT NULL))
);

-- A note goes out once, whatever its revision; edits and withdrawals once a revision.
CREATE UNIQUE INDEX delivery_create_once ON delivery (account, source, occurrence, recipient, part)
    WHERE activity = 'create';
CREATE UNIQUE INDEX delivery_change_once ON delivery (account, source, occurrence, recipient, part, activity, revision)
    WHERE activity <> 'create';
CREATE UNIQUE INDEX delivery_one_in_flight ON delivery (account) WHERE state = 'sending';
CREATE INDEX delivery_ready ON delivery (account, due, id) WHERE state = 'ready';
CREATE INDEX delivery_stale ON delivery (account, fresh_from) WHERE state = 'ready';
CREATE INDEX delivery_stuck ON delivery (id) WHERE state IN ('held', 'unknown', 'failed');
CREATE INDEX delivery_source ON delivery (source);
CREATE INDEX delivery_receipt ON delivery (account, receipt_id);
CREATE INDEX delivery_after ON delivery (after) WHERE after IS NOT NULL;

-- Every transition, so that a human can read how a delivery came to where it is.
CREATE TABLE delivery_event (
    delivery TEXT NOT NULL REFERENCES delivery (id),
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    state TEXT NOT NULL,
    why TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (delivery, number)
);

CREATE TABLE mention (
    account TEXT NOT NULL REFERENCES account (name),
    id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('reply', 'mention', 'quote', 'repost', 'like', 'bookmark', 'message')),
    author_id TEXT NOT NULL,
    author_handle TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_url TEXT NOT NULL,
    text TEXT NOT NULL,
    url TEXT NOT NULL,
    published TEXT NOT NULL,
    in_reply_to TEXT,
    original TEXT NOT NULL DEFAULT '',
    post TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'assigned', 'snoozed', 'answered', 'closed')),
    moderation TEXT NOT NULL DEFAULT '' CHECK (moderation IN ('', 'pending', 'spam')),
    seen TEXT NOT NULL,
    raw TEXT NOT NULL,
    withdrawn INTEGER NOT NULL DEFAULT 0,
    page TEXT NOT NULL DEFAULT '' CHECK (page IN ('', 'show', 'hide')),
    PRIMARY KEY (account, id)
);

CREATE INDEX mention_post ON mention (post);
CREATE INDEX mention_published ON mention (published);
CREATE INDEX mention_unplaced ON mention (account) WHERE post = '' AND (in_reply_to IS NOT NULL OR original <> '');

-- The text that many notes share: a letter goes to thousands, and stands here once.
CREATE TABLE content (
    hash TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    html TEXT NOT NULL
);

-- Who reads a newsletter; an account of that kind is a list. `token` opens their own pages.
CREATE TABLE subscriber (
    account TEXT NOT NULL REFERENCES account (name),
    address TEXT NOT NULL,
    language TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('pending', 'confirmed', 'left', 'bounced')),
    token TEXT NOT NULL PRIMARY KEY,
    asked TEXT NOT NULL,
    confirmed TEXT,
    ended TEXT,
    why TEXT NOT NULL DEFAULT '',
    bounces INTEGER NOT NULL DEFAULT 0
);

CREATE UNIQUE INDEX subscriber_whom ON subscriber (account, lower(address));

-- What was pushed to a page of ours, until its account has made mentions of it. `host` sent it.
CREATE TABLE received (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (name),
    content_type TEXT NOT NULL,
    body TEXT NOT NULL,
    host TEXT NOT NULL DEFAULT '',
    at TEXT NOT NULL,
    due TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'refused')),
    error TEXT NOT NULL DEFAULT ''
);

CREATE INDEX received_waiting ON received (account, due) WHERE state = 'waiting';

-- What a feed that we follow has had in it; `post` is '' for what was there before us.
CREATE TABLE entry (
    feed TEXT NOT NULL,
    id TEXT NOT NULL,
    link TEXT NOT NULL,
    title TEXT NOT NULL,
    published TEXT,
    post TEXT NOT NULL DEFAULT '',
    seen TEXT NOT NULL,
    PRIMARY KEY (feed, id)
);
