-- The open web: subscribers, letters that share one text, what is pushed to us, feeds that we follow.

CREATE TABLE content (
    hash TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    html TEXT NOT NULL
);

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

DROP INDEX delivery_ready;

-- Ten thousand letters are due at the same moment.
CREATE INDEX delivery_ready ON delivery (account, due, id) WHERE state = 'ready';

CREATE INDEX delivery_stale ON delivery (account, fresh_from) WHERE state = 'ready';

CREATE INDEX delivery_stuck ON delivery (id) WHERE state IN ('held', 'unknown', 'failed');

CREATE TABLE mention_before AS SELECT * FROM mention;

DROP TABLE mention;

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
    PRIMARY KEY (account, id)
);

INSERT INTO mention (account, id, kind, author_id, author_handle, author_name, author_url, text,
    url, published, in_reply_to, post, state, seen, raw, withdrawn)
SELECT account, id, kind, author_id, author_handle, author_name, author_url, text, url, published,
    in_reply_to, post, state, seen, raw, withdrawn FROM mention_before;

DROP TABLE mention_before;

CREATE INDEX mention_post ON mention (post);

CREATE INDEX mention_published ON mention (published);

CREATE INDEX mention_unplaced ON mention (account) WHERE post = '' AND (in_reply_to IS NOT NULL OR original <> '');
