//! One value: from what the file or the environment says to what the key means.
//!
//! The file is read strictly (`"180"` is no number there); a variable is always text and is read for its kind.
//! Never: guesses. `0.5`, `5 %` and `500%` are problems, not limits.

mod addresses;

use serde::Serialize;

use config::{Value, ValueKind};

use super::layers::FILE;
use super::schedule;
use super::schema::Kind;
use super::suggest;
use crate::core::guard::Share;
pub(super) use addresses::is_loopback;
use addresses::{base_url, domain, pattern, proxy};

/// A checked value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Setting {
    Text(String),
    Flag(bool),
    Whole(u64),
    Seconds(i64),
    Share(Share),
    Texts(Vec<String>),
    Names(Vec<(String, String)>),
}

/// What is wrong with a value, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) advice: Option<String>,
}

impl Wrong {
    fn new(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { message: message.into(), advice: Some(advice.into()) }
    }
}

/// Reads a value as its key wants it.
pub(super) fn read(kind: Kind, value: &Value) -> Result<Setting, Wrong> {
    match kind {
        Kind::Text => text(value).map(Setting::Text),
        Kind::Mapping => text(value).map(|text| Setting::Text(text.trim().into())),
        Kind::Choice(words) => choice(words, value).map(Setting::Text),
        Kind::Flag => flag(value).map(Setting::Flag),
        Kind::Whole { min, max } => whole(value, min, max).map(Setting::Whole),
        Kind::Duration { max_s } => duration(value, max_s).map(Setting::Seconds),
        Kind::Share => share(value).map(Setting::Share),
        Kind::Texts => texts(value, plain).map(Setting::Texts),
        Kind::Command => command(value).map(Setting::Texts),
        Kind::Patterns => texts(value, pattern).map(Setting::Texts),
        Kind::Domains => texts(value, domain).map(Setting::Texts),
        Kind::Path => path(value).map(Setting::Text),
        Kind::BaseUrl => text(value).and_then(|text| base_url(&text)).map(Setting::Text),
        Kind::Proxy => text(value).and_then(|text| proxy(&text)).map(Setting::Text),
        Kind::Cron => text(value).and_then(cron).map(Setting::Text),
        Kind::Timezone => text(value).and_then(timezone).map(Setting::Text),
        Kind::Names => names(value).map(Setting::Names),
        Kind::Secret => Err(Wrong::new("a secret cannot stand here", "use postman.api_key_file")),
    }
}

fn is_from_file(value: &Value) -> bool {
    value.origin() == Some(FILE)
}

fn wrong_type(wanted: &str, value: &Value) -> Wrong {
    let is = match value.kind {
        ValueKind::Boolean(_) => "true or false",
        ValueKind::I64(_) | ValueKind::I128(_) | ValueKind::U64(_) | ValueKind::U128(_) => "a whole number",
        ValueKind::Float(_) => "a number with a fraction",
        ValueKind::String(_) => "a text",
        ValueKind::Table(_) => "a table",
        ValueKind::Array(_) => "a list",
        ValueKind::Nil => "a date",
    };
    Wrong { message: format!("must be {wanted}, and is {is}"), advice: None }
}

/// What was written, when it is short enough to be no key that landed in the wrong place.
fn shown(text: &str) -> String {
    if text.chars().count() > 24 { "this value".into() } else { format!("\"{}\"", text.escape_debug()) }
}

fn text(value: &Value) -> Result<String, Wrong> {
    match &value.kind {
        ValueKind::String(text) if text.trim().is_empty() => Err(Wrong { message: "is empty".into(), advice: None }),
        ValueKind::String(text) => Ok(text.clone()),
        _ => Err(wrong_type("a text in quotes", value)),
    }
}

fn choice(words: &[&'static str], value: &Value) -> Result<String, Wrong> {
    // A delimiter may be a bare tab, which `text` would call empty.
    if let ValueKind::String(text) = &value.kind
        && words.contains(&text.as_str())
    {
        return Ok(text.clone());
    }
    let text = text(value)?;
    let known: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.escape_debug())).collect();
    let message = format!("{} is not one of {}", shown(&text), known.join(", "));
    let near = suggest::nearest(&text, words.iter().copied());
    Err(Wrong { message, advice: near.map(|word| format!("did you mean \"{word}\"?")) })
}

fn flag(value: &Value) -> Result<bool, Wrong> {
    match &value.kind {
        ValueKind::Boolean(flag) => Ok(*flag),
        ValueKind::String(text) if !is_from_file(value) && text == "true" => Ok(true),
        ValueKind::String(text) if !is_from_file(value) && text == "false" => Ok(false),
        _ => Err(wrong_type("true or false", value)),
    }
}

fn whole(value: &Value, min: u64, max: u64) -> Result<u64, Wrong> {
    let number = match &value.kind {
        ValueKind::I64(number) => i128::from(*number),
        ValueKind::String(text) if !is_from_file(value) => digits(text).map(i128::from).ok_or_else(|| Wrong {
            message: format!("must be a whole number, and is {}", shown(text)),
            advice: None,
        })?,
        _ => return Err(wrong_type("a whole number", value)),
    };
    match u64::try_from(number) {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(Wrong { message: format!("must be from {min} to {max}, and is {number}"), advice: None }),
    }
}

/// Digits alone: no sign, no leading zero (which some would read as octal), no underscore.
fn digits(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

fn duration(value: &Value, max_s: i64) -> Result<i64, Wrong> {
    const ADVICE: &str = "write a number and a unit: \"30s\", \"15m\", \"1h\" or \"7d\"";
    let ValueKind::String(text) = &value.kind else {
        return Err(Wrong { advice: Some(ADVICE.into()), ..wrong_type("a duration", value) });
    };
    let (number, unit_s) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3_600),
        Some((at, 'd')) => (&text[..at], 86_400),
        _ => ("", 0),
    };
    let seconds = digits(number).and_then(|number| i64::try_from(number).ok()?.checked_mul(unit_s));
    match seconds {
        None => Err(Wrong::new(format!("{} is no duration", shown(text)), ADVICE)),
        Some(seconds) if seconds > max_s => {
            Err(Wrong { message: format!("must be at most {}d, and is {}", max_s / 86_400, shown(text)), advice: None })
        }
        Some(seconds) => Ok(seconds),
    }
}

fn share(value: &Value) -> Result<Share, Wrong> {
    const ADVICE: &str = "write \"5%\" for a share of the team or 5 for a number of people";
    let wrong = |message: String| Wrong::new(message, ADVICE);
    match &value.kind {
        ValueKind::I64(people) => {
            let people = u64::try_from(*people).map_err(|_| wrong(format!("must not be negative, and is {people}")))?;
            Ok(Share::People(people))
        }
        ValueKind::String(text) => {
            let percent = text.strip_suffix('%').map(|number| digits(number).filter(|percent| *percent <= 100));
            match (percent, digits(text)) {
                (Some(Some(percent)), _) => Ok(Share::Percent(percent as u8)),
                (Some(None), _) => Err(wrong(format!("{} is no share from 0% to 100%", shown(text)))),
                (None, Some(people)) if !is_from_file(value) => Ok(Share::People(people)),
                _ => Err(wrong(format!("{} is no limit", shown(text)))),
            }
        }
        _ => Err(wrong(wrong_type("a share or a number of people", value).message)),
    }
}

/// A list; from the environment, parts between commas.
fn texts(value: &Value, check: fn(&str) -> Result<String, Wrong>) -> Result<Vec<String>, Wrong> {
    match &value.kind {
        ValueKind::String(text) if !is_from_file(value) => {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(check).collect()
        }
        ValueKind::Array(values) => values.iter().map(|value| text(value).and_then(|text| check(&text))).collect(),
        _ => Err(wrong_type("a list of texts", value)),
    }
}

fn plain(text: &str) -> Result<String, Wrong> {
    Ok(text.trim().into())
}

/// A program by its path, and its arguments as they stand. A bare name would be looked up in the PATH of whoever
/// starts this, which is another one for a service than for an admin.
fn command(value: &Value) -> Result<Vec<String>, Wrong> {
    const ADVICE: &str = "write [\"/usr/local/bin/export-people\", \"--json\"]: a list, and no shell";
    let ValueKind::Array(words) = &value.kind else {
        return Err(Wrong { advice: Some(ADVICE.into()), ..wrong_type("a list of texts", value) });
    };
    let word = |word: &Value| match &word.kind {
        ValueKind::String(word) if word.contains('\0') => {
            Err(Wrong { message: "holds a NUL character".into(), advice: None })
        }
        ValueKind::String(word) => Ok(word.clone()),
        _ => Err(wrong_type("a text in quotes", word)),
    };
    let words = words.iter().map(word).collect::<Result<Vec<_>, Wrong>>()?;
    match words.first() {
        None => Err(Wrong::new("names no program", ADVICE)),
        Some(program) if !program.contains('/') || program.ends_with('/') => {
            let advice = "write its whole path (`command -v NAME` shows it), or ./NAME for one beside this file";
            Err(Wrong::new("must begin with the path of a program", advice))
        }
        Some(_) => Ok(words),
    }
}

fn path(value: &Value) -> Result<String, Wrong> {
    let text = text(value)?;
    if text.contains('\0') {
        return Err(Wrong { message: "holds a NUL character".into(), advice: None });
    }
    Ok(text)
}

/// As the daemon will read it.
fn cron(text: String) -> Result<String, Wrong> {
    let fields = text.split_whitespace().count();
    let known = |c: char| c.is_ascii_alphanumeric() || " \t*,/-?#".contains(c);
    let advice = "write five or six fields, such as \"*/15 * * * *\"";
    if !(5..=6).contains(&fields) || !text.chars().all(known) {
        return Err(Wrong::new(format!("{} is no cron expression", shown(&text)), advice));
    }
    match schedule::cron(&text) {
        Ok(_) => Ok(text),
        Err(why) => Err(Wrong::new(format!("{} is no cron expression: {why}", shown(&text)), advice)),
    }
}

fn timezone(text: String) -> Result<String, Wrong> {
    match schedule::timezone(&text) {
        Some(_) => Ok(text),
        None => {
            let advice = "write one such as \"Europe/Berlin\" or \"UTC\"";
            Err(Wrong::new(format!("{} is no time zone", shown(&text)), advice))
        }
    }
}

/// Sorted by column, so that the file's order of keys means nothing.
fn names(value: &Value) -> Result<Vec<(String, String)>, Wrong> {
    let ValueKind::Table(table) = &value.kind else { return Err(wrong_type("a table of column = name", value)) };
    let pair = |(column, name): (&String, &Value)| Ok((column.clone(), text(name)?));
    let mut pairs = table.iter().map(pair).collect::<Result<Vec<_>, Wrong>>()?;
    pairs.sort();
    Ok(pairs)
}
