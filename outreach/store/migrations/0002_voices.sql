-- Who speaks as whom, what it costs, and when a sign-in ends; paths from the folder's root.

ALTER TABLE account ADD COLUMN handle TEXT NOT NULL DEFAULT '';

ALTER TABLE account ADD COLUMN connected_by TEXT NOT NULL DEFAULT '';

ALTER TABLE account ADD COLUMN expires TEXT;

ALTER TABLE account ADD COLUMN unread TEXT NOT NULL DEFAULT '';

ALTER TABLE delivery ADD COLUMN written_by TEXT NOT NULL DEFAULT '';

-- What changed in a post is still to be carried to its notes.
ALTER TABLE post ADD COLUMN revise INTEGER NOT NULL DEFAULT 0;

-- What an account's calls cost in a month (YYYY-MM, UTC).
CREATE TABLE spending (
    account TEXT NOT NULL REFERENCES account (name),
    month TEXT NOT NULL,
    microdollars BIGINT NOT NULL,
    PRIMARY KEY (account, month)
);

UPDATE post SET path = 'posts/' || path;
