//! Properties that hold for any bytes from outside, each a fuzz target. `fuzz/` lets libFuzzer look for bytes that break
//! them (`fuzz/run.sh`), and `cargo test` tries each on its corpus, `fuzz/corpus/NAME/`. Each stands beside the code that
//! it is about.
//!
//! Never: built into the program; only tests and the feature `fuzzing` have it.

mod text;
mod values;

use crate::postman;
use crate::source;
use crate::store;

/// What libFuzzer may make of bytes; a panic is a finding.
pub type Property = fn(&[u8]);

/// By name, which is that of the folder with the corpus.
pub const PROPERTIES: [(&str, Property); 23] = [
    ("audit_chain", store::fuzzing::audit_chain),
    ("config_toml", values::config_toml),
    ("dn", text::dn),
    ("file_csv", source::fuzzing::files::csv),
    ("file_json", source::fuzzing::files::json),
    ("file_jsonl", source::fuzzing::files::json_lines),
    ("filter_postman", postman::fuzzing::filter),
    ("filter_sources", source::fuzzing::quoting::filters),
    ("google_page", source::fuzzing::google),
    ("graph_page", source::fuzzing::graph),
    ("keycloak_page", source::fuzzing::keycloak),
    ("ldap_entry", source::ldap::fuzzing::entry),
    ("link_header", source::fuzzing::quoting::link_header),
    ("mapping", text::mapping),
    ("okta_page", source::fuzzing::okta),
    ("plan_file", values::plan_file),
    ("postman_groups", postman::fuzzing::groups),
    ("postman_users", postman::fuzzing::users),
    ("retry_after", values::retry_after),
    ("scim_error", postman::fuzzing::error),
    ("scim_page", source::fuzzing::scim),
    ("store_rows", store::fuzzing::rows),
    ("user_name", text::user_name),
];

/// The property of that name. Errors: there is none.
pub fn property(name: &str) -> Result<Property, String> {
    let found = PROPERTIES.iter().find(|(target, _)| *target == name);
    found.map(|(_, property)| *property).ok_or_else(|| format!("no property is called {name}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
    }

    fn entries(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }

    #[test]
    fn every_property_holds_for_its_corpus() {
        for (name, property) in PROPERTIES {
            let corpus = entries(&folder().join("corpus").join(name));
            assert!(corpus.len() >= 3, "{name}: {} inputs", corpus.len());
            for path in corpus {
                let bytes = std::fs::read(&path).unwrap();
                assert!(bytes.len() <= 8 << 10, "{}: too large for the repository", path.display());
                // Named before it is tried: a panic below says which one it was.
                println!("{}", path.display());
                property(&bytes);
                // Cut anywhere, it is input too.
                for part in 1..8 {
                    property(&bytes[..bytes.len() * part / 8]);
                }
            }
        }
    }

    #[test]
    fn every_property_has_a_corpus_and_every_corpus_a_property() {
        let names: BTreeSet<&str> = PROPERTIES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), PROPERTIES.len());
        let corpora = entries(&folder().join("corpus"));
        let corpora: BTreeSet<&str> = corpora.iter().filter_map(|path| path.file_name()?.to_str()).collect();
        assert_eq!(corpora, names);
        assert!(property("dn").is_ok() && property("no such").is_err());
    }
}
