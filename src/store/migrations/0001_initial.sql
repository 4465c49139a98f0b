-- The first schema. Times are three columns: seconds since 1970 UTC, a hash of the boot id, seconds since boot.
-- Text columns named `change`, `hold`, `plan`, `report`, `value` and `detail` hold JSON.

-- Managed people: what we last made or saw true. The hashes stand first, so that a scan of them reads no text.
CREATE TABLE member (
    row             INTEGER PRIMARY KEY,
    id_hash         BLOB NOT NULL CHECK (length(id_hash) = 16),
    scim_hash       BLOB NOT NULL CHECK (length(scim_hash) = 16),
    fingerprint     BLOB NOT NULL CHECK (length(fingerprint) = 16),
    standing        TEXT NOT NULL CHECK (standing IN ('active', 'inactive', 'invited', 'gone')),
    absent_cycles   INTEGER CHECK (absent_cycles >= 0),
    absent_at       INTEGER,
    absent_boot     INTEGER,
    absent_uptime   INTEGER,
    undone          INTEGER NOT NULL CHECK (undone >= 0),
    origin          TEXT NOT NULL CHECK (origin IN ('created', 'adopted')),
    source          TEXT NOT NULL,
    source_id       TEXT NOT NULL,
    scim_id         TEXT NOT NULL UNIQUE,
    user_name       TEXT NOT NULL,
    user_name_key   TEXT NOT NULL,
    given           TEXT NOT NULL,
    family          TEXT NOT NULL,
    UNIQUE (source, source_id),
    CHECK ((absent_cycles IS NULL) = (absent_at IS NULL)),
    CHECK ((absent_cycles IS NULL) = (absent_boot IS NULL)),
    CHECK ((absent_cycles IS NULL) = (absent_uptime IS NULL))
) STRICT;
CREATE INDEX member_by_user_name ON member (user_name_key);
CREATE INDEX member_by_standing ON member (source, standing);

-- People set aside.
CREATE TABLE hold (
    source      TEXT NOT NULL,
    source_id   TEXT NOT NULL,
    id_hash     BLOB NOT NULL CHECK (length(id_hash) = 16),
    hold        TEXT NOT NULL,
    PRIMARY KEY (source, source_id)
) STRICT, WITHOUT ROWID;

-- Entries of further sources that were seen to be the same person as a managed one: ids as hashes, no names.
-- One entry a source and person.
CREATE TABLE joined (
    id_hash     BLOB NOT NULL PRIMARY KEY CHECK (length(id_hash) = 16),
    person_hash BLOB NOT NULL CHECK (length(person_hash) = 16),
    source      TEXT NOT NULL,
    UNIQUE (person_hash, source)
) STRICT, WITHOUT ROWID;

-- Which source does not show somebody whom it had and another one has. Without `cycles`: they are gone from it for good.
CREATE TABLE missing (
    person_hash BLOB NOT NULL CHECK (length(person_hash) = 16),
    source      TEXT NOT NULL,
    cycles      INTEGER CHECK (cycles >= 0),
    at          INTEGER,
    at_boot     INTEGER,
    at_uptime   INTEGER,
    PRIMARY KEY (person_hash, source),
    CHECK ((cycles IS NULL) = (at IS NULL)),
    CHECK ((cycles IS NULL) = (at_boot IS NULL)),
    CHECK ((cycles IS NULL) = (at_uptime IS NULL))
) STRICT, WITHOUT ROWID;

-- Managed groups: what we last made or saw true.
CREATE TABLE team_group (
    row             INTEGER PRIMARY KEY,
    source          TEXT NOT NULL,
    source_id       TEXT NOT NULL,
    scim_id         TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    origin          TEXT NOT NULL CHECK (origin IN ('created', 'adopted')),
    undone          INTEGER NOT NULL CHECK (undone >= 0),
    absent_cycles   INTEGER CHECK (absent_cycles >= 0),
    absent_at       INTEGER,
    absent_boot     INTEGER,
    absent_uptime   INTEGER,
    UNIQUE (source, source_id),
    CHECK ((absent_cycles IS NULL) = (absent_at IS NULL)),
    CHECK ((absent_cycles IS NULL) = (absent_boot IS NULL)),
    CHECK ((absent_cycles IS NULL) = (absent_uptime IS NULL))
) STRICT;

-- Who is in them, of the managed people, by the hash of the account's SCIM id; and which cycle made or saw it so.
CREATE TABLE membership (
    scim_hash   BLOB NOT NULL CHECK (length(scim_hash) = 16),
    group_row   INTEGER NOT NULL REFERENCES team_group (row),
    cycle       INTEGER,
    PRIMARY KEY (scim_hash, group_row)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_by_group ON membership (group_row);

-- One pass over directory and team.
CREATE TABLE cycle (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at      INTEGER NOT NULL,
    started_boot    INTEGER NOT NULL,
    started_uptime  INTEGER NOT NULL,
    ended_at        INTEGER,
    ended_boot      INTEGER,
    ended_uptime    INTEGER,
    exit_code       INTEGER,
    report          TEXT
) STRICT;

-- Requests that were begun and have no definite answer. `op` is never used twice.
CREATE TABLE mark (
    op          INTEGER PRIMARY KEY AUTOINCREMENT,
    cycle       INTEGER NOT NULL REFERENCES cycle (id),
    id_hash     BLOB NOT NULL CHECK (length(id_hash) = 16),
    change      TEXT NOT NULL,
    change_key  TEXT NOT NULL,
    approved    INTEGER NOT NULL CHECK (approved IN (0, 1)),
    at          INTEGER NOT NULL,
    at_boot     INTEGER NOT NULL,
    at_uptime   INTEGER NOT NULL
) STRICT;

-- Destructive weight, charged when a request begins. Rows stay: a clock set wrong must not forget them.
CREATE TABLE charge (
    op          INTEGER PRIMARY KEY,
    weight      INTEGER NOT NULL CHECK (weight > 0),
    pool        TEXT NOT NULL CHECK (pool IN ('people', 'memberships')),
    at          INTEGER NOT NULL,
    at_boot     INTEGER NOT NULL,
    at_uptime   INTEGER NOT NULL
) STRICT;

-- The human yes, change by change; each is used at most once.
CREATE TABLE approval (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    change_key  TEXT NOT NULL,
    plan_id     TEXT NOT NULL,
    by          TEXT NOT NULL,
    at          INTEGER NOT NULL,
    at_boot     INTEGER NOT NULL,
    at_uptime   INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    used_at     INTEGER,
    used_cycle  INTEGER,
    CHECK ((used_at IS NULL) = (used_cycle IS NULL))
) STRICT;
CREATE UNIQUE INDEX approval_unused ON approval (change_key) WHERE used_at IS NULL;

-- The last plans that were held or applied; `saved` tells their order.
CREATE TABLE plan (
    saved       INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    plan        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    at_boot     INTEGER NOT NULL,
    at_uptime   INTEGER NOT NULL
) STRICT;

-- What a command beside the daemon asks of the next cycle.
CREATE TABLE request (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    detail      TEXT NOT NULL,
    by          TEXT NOT NULL,
    at          INTEGER NOT NULL,
    at_boot     INTEGER NOT NULL,
    at_uptime   INTEGER NOT NULL
) STRICT;

-- Single values about the team and the sources.
CREATE TABLE setting (
    name    TEXT PRIMARY KEY,
    value   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The audit chain: each record's hash covers the record before it.
CREATE TABLE audit (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    cycle   INTEGER,
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL,
    prev    BLOB NOT NULL,
    hash    BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit chain only grows');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit chain only grows');
END;
