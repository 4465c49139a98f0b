//! Expressions of `[mapping]`: minijinja templates over one entry's attributes, rendered to plain text.
//!
//! Attributes are variables by name, and `attrs["any name"]`. What is absent, null or blank is undefined, and an
//! undefined value ends the rendering: half an address is worse than none.
//!
//! Never: prints a list of several values as one text, or tells an attribute's value in an error.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};
use serde_json::Map;

use super::Rejection;

/// Longer flat chains of operators overflow minijinja's parser, which ends the process.
const EXPRESSION_BYTES_MAX: usize = 1_024;
/// Steps of one rendering; a loop over a few hundred values stays far below.
const FUEL: u64 = 20_000;
/// Frames around several values where a text is wanted; no expression can write it, and no name may hold it.
const SEVERAL: char = '\u{1}';

/// The compiled expressions, by target.
#[derive(Debug)]
pub(super) struct Expressions {
    environment: Environment<'static>,
    used: bool,
    /// What expressions read parts of: `profile` of `profile.email`.
    nested: Arc<BTreeSet<String>>,
}

impl Expressions {
    pub(super) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_debug(false);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        environment.set_formatter(print);
        // An absent attribute of that name must be missing, not a function.
        let functions: Vec<String> = environment.globals().map(|(name, _)| name.to_string()).collect();
        functions.iter().for_each(|name| environment.remove_global(name));
        Self { environment, used: false, nested: Arc::default() }
    }

    /// Errors: what is wrong with the expression, for the admin who wrote it.
    pub(super) fn add(&mut self, target: &'static str, source: &str) -> Result<(), String> {
        if source.len() > EXPRESSION_BYTES_MAX {
            return Err(format!("the expression has {} bytes, at most {EXPRESSION_BYTES_MAX} work", source.len()));
        }
        self.used = true;
        self.environment.add_template_owned(target, source.to_owned()).map_err(told)?;
        self.nested = Arc::new(self.nested());
        // Filters, tests and functions are looked up while rendering, so an entry without attributes tries them.
        let trial =
            self.environment.get_template(target).and_then(|template| template.render(self.variables(&Map::new())));
        match trial {
            Err(error) if is_unknown_name(&error) => Err(told(error)),
            _ => Ok(()),
        }
    }

    /// Of these the first parts, where no expression reads the whole.
    fn nested(&self) -> BTreeSet<String> {
        let names: BTreeSet<String> =
            self.environment.templates().flat_map(|(_, template)| template.undeclared_variables(true)).collect();
        let first = |name: &String| name.split_once('.').map(|(first, _)| first.to_owned());
        names.iter().filter_map(first).filter(|first| first != "attrs" && !names.contains(first)).collect()
    }

    /// The names of attributes in all expressions.
    pub(super) fn reads(&self) -> Vec<String> {
        let names = self.environment.templates().flat_map(|(_, template)| template.undeclared_variables(true));
        let attribute = |name: String| match name.split_once('.') {
            Some(("attrs", rest)) => rest.split('.').next().unwrap_or(rest).to_owned(),
            Some((first, _)) => first.to_owned(),
            None => name,
        };
        names.map(attribute).filter(|name| name != "attrs").collect()
    }

    /// The variables of one entry; nothing when no expression would read them.
    pub(super) fn variables(&self, attributes: &Map<String, serde_json::Value>) -> Value {
        if !self.used {
            return Value::UNDEFINED;
        }
        let fields = |(name, value): (&String, &serde_json::Value)| Some((name.clone(), variable(value)?));
        let attrs = Arc::new(Fields(attributes.iter().filter_map(fields).collect()));
        Value::from_object(Variables { attrs, nested: self.nested.clone() })
    }

    /// The text of one target, trimmed.
    pub(super) fn render(&self, target: &str, setting: &str, variables: &Value) -> Result<String, Rejection> {
        let rendered = self.environment.get_template(target).and_then(|template| template.render(variables));
        let missing = || Rejection::Missing { target: target.into(), from: setting.into() };
        let text = rendered.map_err(|error| match error.kind() {
            ErrorKind::UndefinedError => missing(),
            // The detail of an error may quote the attribute's value; its kind never does.
            kind => Rejection::Expression { target: target.into(), error: kind.to_string() },
        })?;
        if let Some(values) = several(&text) {
            return Err(Rejection::Several { target: target.into(), values });
        }
        match text.trim() {
            "" => Err(missing()),
            text => Ok(text.into()),
        }
    }
}

fn told(error: Error) -> String {
    format!("the expression is wrong: {}", error.detail().map_or_else(|| error.kind().to_string(), str::to_owned))
}

fn is_unknown_name(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction)
}

/// How many values stood where one was wanted.
fn several(text: &str) -> Option<usize> {
    text.split(SEVERAL).nth(1)?.parse().ok()
}

/// Prints texts, numbers and booleans (as JSON does). Everything else is an error, not a picture of the value.
fn print(output: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    let written = match value.kind() {
        ValueKind::Undefined | ValueKind::None => return Err(Error::from(ErrorKind::UndefinedError)),
        ValueKind::Bool => output.write_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::String | ValueKind::Number => write!(output, "{value}"),
        _ if value.downcast_object_ref::<List>().is_some() => write!(output, "{value}"),
        _ if value.downcast_object_ref::<Fields>().is_some() => write!(output, "{value}"),
        _ => return Err(Error::from(ErrorKind::NonPrimitive)),
    };
    written.map_err(|_| Error::from(ErrorKind::WriteFailure))
}

/// An attribute as a variable; nothing for what is null or blank, at any depth.
fn variable(value: &serde_json::Value) -> Option<Value> {
    use serde_json::Value as Json;
    Some(match value {
        Json::Null => return None,
        Json::Bool(flag) => Value::from(*flag),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::from(number),
            (None, Some(number)) => Value::from(number),
            (None, None) => Value::from(number.as_f64()?),
        },
        Json::String(text) if text.trim().is_empty() => return None,
        Json::String(text) => Value::from(text.trim()),
        Json::Array(values) => match values.iter().filter_map(variable).collect::<Vec<_>>() {
            values if values.is_empty() => return None,
            values => Value::from_object(List(values)),
        },
        Json::Object(fields) => {
            let fields = fields.iter().filter_map(|(name, value)| Some((name.clone(), variable(value)?)));
            Value::from_object(Fields(fields.collect()))
        }
    })
}

/// A multi-valued attribute. With one value it prints as that value, also inside filters; with several it prints
/// as a mark that ends in `Rejection::Several`.
#[derive(Debug)]
struct List(Vec<Value>);

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_usize()?).cloned()
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(f, "{only}"),
            values => write!(f, "{SEVERAL}{}{SEVERAL}", values.len()),
        }
    }
}

/// An attribute with named parts, or all attributes as `attrs`.
#[derive(Debug)]
struct Fields(BTreeMap<String, Value>);

impl Object for Fields {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_str()?).cloned()
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.keys().map(|name| Value::from(name.as_str())).collect())
    }
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SEVERAL}{}{SEVERAL}", self.0.len())
    }
}

/// What an expression sees: every attribute by its name, and all of them as `attrs`. Of one that is not there the parts are not
/// there either, which is no error: `{{ mail|default(profile.email) }}` reads entries of two directories.
#[derive(Debug)]
struct Variables {
    attrs: Arc<Fields>,
    nested: Arc<BTreeSet<String>>,
}

impl Object for Variables {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "attrs" => Some(Value::from_dyn_object(self.attrs.clone())),
            name => self.attrs.0.get(name).cloned().or_else(|| {
                let nothing = || Value::from_object(Fields(BTreeMap::new()));
                self.nested.contains(name).then(nothing)
            }),
        }
    }
}
