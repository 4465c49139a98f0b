//! Layers: defaults, the file, then `POSTMAN_SCIM_SYNC__SECTION__KEY`, merged by the `config` crate.
//!
//! Only keys of the schema get that far; every other one is a finding before. Arrays replace, tables merge.
//! Never: hands a secret to a layer, whose debug print shows all values.

use std::collections::BTreeMap;

use config::{Config, Environment, Map, Source, Value, ValueKind};
use secrecy::SecretString;
use toml_edit::{Document, Item, TableLike};

use super::findings::Findings;
use super::lines::line_of;
use super::schema::{self, KEYS, Kind, Unset};
use super::suggest;

/// Origin of values that the file sets.
pub(super) const FILE: &str = "the configuration file";
const PREFIX: &str = "POSTMAN_SCIM_SYNC";

/// The merged values, and the key when the environment holds it.
pub(super) struct Layers {
    pub(super) values: Value,
    pub(super) key: Option<SecretString>,
}

/// TOML's two kinds of quotes (v1.0.0, String).
pub(super) const BACKSLASH: &str =
    "a backslash in \"...\" begins an escape; in single quotes it is itself: 'CORP\\name'";

/// Whether a backslash stands before the error, on its line.
fn is_escape(text: &str, at: usize) -> bool {
    let before = text.get(..=at).or(text.get(..at)).unwrap_or_default();
    before.rsplit('\n').next().is_some_and(|line| line.contains('\\'))
}

/// Merges all layers. A text that is no TOML ends it here, as the one finding.
pub(super) fn layers(text: &str, environment: &[(String, String)], findings: &mut Findings) -> Option<Layers> {
    let file = match Document::parse(text) {
        Ok(document) => FileLayer::read(text, document.as_table(), findings),
        Err(error) => {
            findings.lines.add("", error.span().map_or(1, |span| line_of(text, span)));
            // The message alone: the error's own print shows the line, which may hold a secret.
            let is_escape = error.span().is_some_and(|span| is_escape(text, span.start));
            let advice = is_escape.then(|| BACKSLASH.to_owned());
            findings.wrong("", format!("this is no TOML: {}", error.message()), advice);
            return None;
        }
    };
    let (variables, key) = variables(environment, findings);
    match merge(file, variables) {
        Ok(values) => Some(Layers { values, key }),
        Err(error) => {
            findings.wrong("", format!("could not merge the file and the environment: {error}"), None);
            None
        }
    }
}

fn merge(file: FileLayer, variables: Map<String, String>) -> Result<Value, config::ConfigError> {
    let mut builder = Config::builder();
    for key in KEYS.iter().filter(|key| !key.is_of_list()) {
        if let Unset::Default(text) = key.unset {
            builder = builder.set_default(key.path, text)?;
        }
    }
    // `try_parsing` stays off: it would turn the text 0123 into the number 123.
    let environment = Environment::with_prefix(PREFIX).prefix_separator("__").separator("__").ignore_empty(true);
    let merged = builder.add_source(file).add_source(environment.source(Some(variables))).build()?;
    Ok(merged.cache)
}

/// The variables that set a key, and the secret apart from them.
fn variables(environment: &[(String, String)], findings: &mut Findings) -> (Map<String, String>, Option<SecretString>) {
    let (mut variables, mut secret) = (Map::new(), None);
    for (name, value) in environment.iter().filter(|(_, value)| !value.is_empty()) {
        let lower = name.to_ascii_lowercase();
        let Some(rest) = lower.strip_prefix("postman_scim_sync__") else { continue };
        let path = rest.replace("__", ".");
        match schema::key(&path) {
            Some(key) if key.kind == Kind::Secret => secret = Some(SecretString::from(value.as_str())),
            Some(key) if !key.is_of_list() => {
                findings.variables.insert(path, name.clone());
                variables.insert(name.clone(), value.clone());
            }
            _ => unknown_variable(name, &path, findings),
        }
    }
    (variables, secret)
}

fn unknown_variable(name: &str, path: &str, findings: &mut Findings) {
    let (section, key) = path.rsplit_once('.').unwrap_or(("", path));
    let top = path.split('.').next().unwrap_or(path);
    if schema::LISTS.contains(&top) {
        let advice = format!("write a [[{top}]] in the configuration file");
        return findings.wrong(name, format!("a {top} cannot be set from the environment"), Some(advice));
    }
    if let Some(advice) = schema::later(top) {
        return findings.wrong(name, "not supported yet", Some(advice.into()));
    }
    let near = suggest::key(section, key).map(|near| {
        let path = if near.contains('.') || section.is_empty() { near } else { format!("{section}.{near}") };
        format!("did you mean {PREFIX}__{}?", path.replace('.', "__").to_ascii_uppercase())
    });
    findings.wrong(name, "unknown variable", near);
}

/// The known values of the file, by path; `source` and `group` are one array each.
#[derive(Clone, Debug, Default)]
struct FileLayer(BTreeMap<String, Value>);

impl Source for FileLayer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.iter().map(|(path, value)| (path.clone(), value.clone())).collect())
    }
}

impl FileLayer {
    fn read(text: &str, root: &dyn TableLike, findings: &mut Findings) -> Self {
        let mut walk = Walk { text, findings, values: BTreeMap::new() };
        walk.table("", "", root);
        Self(walk.values)
    }
}

/// The walk through the file: `path` is the schema's, `place` what people see (`source[2].path`).
struct Walk<'a> {
    text: &'a str,
    findings: &'a mut Findings,
    values: BTreeMap<String, Value>,
}

impl Walk<'_> {
    fn table(&mut self, path: &str, place: &str, table: &dyn TableLike) {
        for (name, item) in table.iter() {
            let span = table.key(name).and_then(|key| key.span()).or_else(|| item.span());
            let (path, place) = (join(path, name), join(place, name));
            if let Some(span) = span {
                self.findings.lines.add(&place, line_of(self.text, span));
            }
            self.entry(name, &path, &place, item);
        }
    }

    fn entry(&mut self, name: &str, path: &str, place: &str, item: &Item) {
        // A quoted name with a dot is one name in TOML, and no key of ours.
        let known = if name.contains('.') { None } else { schema::key(path) };
        match known {
            Some(key) if key.kind == Kind::Secret => self.findings.wrong(
                place,
                "a key inside the configuration file would be read by everybody who reads the file",
                Some("put it in a file of mode 0600 and name that in postman.api_key_file".into()),
            ),
            Some(_) => {
                self.values.insert(place.into(), value(item));
            }
            None if schema::LISTS.contains(&path) => self.list(path, item),
            None if schema::is_section(path) => match item.as_table_like() {
                Some(table) => self.table(path, place, table),
                None => self.findings.wrong(place, format!("must be a table, written [{path}]"), None),
            },
            None => self.unknown(path, place),
        }
    }

    fn unknown(&mut self, path: &str, place: &str) {
        let (section, name) = path.rsplit_once('.').unwrap_or(("", path));
        if let Some(advice) = schema::later(path) {
            return self.findings.wrong(place, "not supported yet", Some(advice.into()));
        }
        let near = suggest::key(section, name).map(|near| format!("did you mean \"{near}\"?"));
        let message = match (section, name.to_ascii_lowercase().contains("passw")) {
            ("mapping", true) => {
                "passwords are never synced: Postman takes exactly user_name, given_name and family_name"
            }
            ("mapping", false) => "Postman takes exactly user_name, given_name and family_name",
            _ => "unknown key",
        };
        self.findings.wrong(place, message, near);
    }

    /// The tables of `[[source]]` or `[[group]]`.
    fn list(&mut self, of: &str, item: &Item) {
        let tables: Vec<&dyn TableLike> = match (item.as_array_of_tables(), item.as_array()) {
            (Some(tables), _) => tables.iter().map(|table| table as &dyn TableLike).collect(),
            (None, Some(values)) if values.iter().all(|value| value.is_inline_table()) => {
                values.iter().filter_map(|value| value.as_inline_table()).map(|table| table as &dyn TableLike).collect()
            }
            _ => {
                let advice = format!("write [[{of}]], with two brackets");
                return self.findings.wrong(of, "must be a list of tables", Some(advice));
            }
        };
        if let Some(spans) = item.as_array_of_tables() {
            for (at, span) in spans.iter().enumerate().filter_map(|(at, table)| Some((at, table.span()?))) {
                self.findings.lines.add(&place_in_list(of, at), line_of(self.text, span));
            }
        }
        let read = tables.iter().enumerate().map(|(at, table)| self.one(of, &place_in_list(of, at), *table)).collect();
        self.values.insert(of.into(), from_file(ValueKind::Array(read)));
    }

    /// One table of a list. Of a source of a type that this version does not know only the name is looked at: the rest is its own.
    fn one(&mut self, of: &str, place: &str, table: &dyn TableLike) -> Value {
        let is_known = |kind: &str| schema::SOURCE_TYPES.contains(&kind);
        let is_read = of != "source" || table.get("type").is_none_or(|kind| kind.as_str().is_none_or(is_known));
        let mut own = Walk { text: self.text, findings: &mut *self.findings, values: BTreeMap::new() };
        for (name, item) in table.iter().filter(|(name, _)| is_read || matches!(*name, "name" | "type")) {
            let span = table.key(name).and_then(|key| key.span()).or_else(|| item.span());
            if let Some(span) = span {
                own.findings.lines.add(&join(place, name), line_of(own.text, span));
            }
            own.entry(name, &join(of, name), &join(place, name), item);
        }
        let prefix = format!("{place}.");
        let values = own.values.into_iter();
        let named = values.filter_map(|(path, value)| Some((path.strip_prefix(&prefix)?.to_owned(), value)));
        from_file(ValueKind::Table(named.collect()))
    }
}

/// `source[1]` is the first.
pub(super) fn place_in_list(of: &str, at: usize) -> String {
    format!("{of}[{}]", at + 1)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.into() } else { format!("{path}.{name}") }
}

fn from_file(kind: ValueKind) -> Value {
    Value::new(Some(&FILE.to_owned()), kind)
}

pub(super) fn value(item: &Item) -> Value {
    from_file(match item {
        Item::Value(toml_edit::Value::String(text)) => ValueKind::String(text.value().clone()),
        Item::Value(toml_edit::Value::Integer(number)) => ValueKind::I64(*number.value()),
        Item::Value(toml_edit::Value::Float(number)) => ValueKind::Float(*number.value()),
        Item::Value(toml_edit::Value::Boolean(flag)) => ValueKind::Boolean(*flag.value()),
        Item::Value(toml_edit::Value::Array(values)) => {
            ValueKind::Array(values.iter().map(|one| value(&Item::Value(one.clone()))).collect())
        }
        _ => match item.as_table_like() {
            Some(table) => ValueKind::Table(table.iter().map(|(name, item)| (name.into(), value(item))).collect()),
            None => ValueKind::Nil,
        },
    })
}
