-- The company's own site: what was renamed, what is said under a post, and how long a proof may take.

ALTER TABLE post ADD COLUMN entry_id TEXT NOT NULL DEFAULT '';
ALTER TABLE post ADD COLUMN talk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE post ADD COLUMN tried TEXT;
ALTER TABLE post ADD COLUMN held TEXT NOT NULL DEFAULT '';
ALTER TABLE post ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
UPDATE post SET entry_id = url;
CREATE INDEX post_changed ON post (changed);
CREATE INDEX post_entry ON post (entry_id);
UPDATE post SET talk = 1 WHERE slug IN (SELECT post FROM mention);
CREATE INDEX post_talk ON post (slug, talk) WHERE talk > 0;
CREATE INDEX post_held ON post (slug) WHERE held <> '';

ALTER TABLE mention ADD COLUMN page TEXT NOT NULL DEFAULT '' CHECK (page IN ('', 'show', 'hide'));

CREATE TABLE alias (
    path TEXT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    post TEXT NOT NULL
);
CREATE INDEX alias_url ON alias (url);
