-- Entries of further sources that were seen to be the same person as a managed one: ids as hashes, no names.
-- One entry a source and person.
CREATE TABLE joined (
    id_hash     BLOB NOT NULL PRIMARY KEY CHECK (length(id_hash) = 16),
    person_hash BLOB NOT NULL CHECK (length(person_hash) = 16),
    source      TEXT NOT NULL,
    UNIQUE (person_hash, source)
) STRICT, WITHOUT ROWID;
