-- The company's own site: what was renamed, what is said under a post, and how long a proof may take.

ALTER TABLE post ADD COLUMN entry_id TEXT NOT NULL DEFAULT '';
ALTER TABLE post ADD COLUMN talk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE post ADD COLUMN tried TEXT;
ALTER TABLE post ADD COLUMN held TEXT NOT NULL DEFAULT '';
UPDATE post SET entry_id = url;

ALTER TABLE mention ADD COLUMN page TEXT NOT NULL DEFAULT '' CHECK (page IN ('', 'show', 'hide'));

CREATE TABLE alias (
    path TEXT NOT NULL PRIMARY KEY,
    post TEXT NOT NULL
);
