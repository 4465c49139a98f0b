//! The configuration that `demo` runs on and `sandbox` prints: the least that `check`, `plan` and `sync` need.
//!
//! Never: holds a key, or writes a file.

/// What differs from one to the other.
pub(super) struct Sample<'a> {
    /// Comment lines, each with its `#`.
    pub head: String,
    pub base_url: &'a str,
    pub key_path: &'a str,
    pub verified_domains: &'a [String],
    pub protected: &'a [&'a str],
    /// As many as are wanted when it is left out.
    pub seats: Option<u32>,
    pub state_path: &'a str,
}

impl Sample<'_> {
    pub(super) fn toml(&self) -> String {
        let seats = self.seats.map(|seats| format!("seats = {seats}\n")).unwrap_or_default();
        format!(
            r#"{head}
[postman]
base_url = {base_url}
api_key_file = {key_path}
verified_domains = {verified_domains}
protected = {protected}
{seats}
# people.csv:
#   id,given,family,mail,status
#   1001,Ada,Byron,ada@acme.example,active
[[source]]
name = "hr"
type = "file"
path = "people.csv"
id = "id"
active = "status"

[mapping]
user_name = "mail"
given_name = "given"
family_name = "family"

[state]
path = {state_path}
"#,
            head = self.head,
            base_url = text(self.base_url),
            key_path = text(self.key_path),
            verified_domains = texts(self.verified_domains),
            protected = texts(self.protected),
            state_path = text(self.state_path),
        )
    }
}

/// A basic string (TOML 1.0). Its escapes are those of JSON, but that it wants DEL escaped as well.
fn text(plain: &str) -> String {
    serde_json::Value::from(plain).to_string().replace('\u{7f}', "\\u007f")
}

fn texts(plain: &[impl AsRef<str>]) -> String {
    let all: Vec<String> = plain.iter().map(|one| text(one.as_ref())).collect();
    format!("[{}]", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back() {
        for plain in ["", "a\"b\\c", "tab\t line\n bell\u{7} del\u{7f} \u{202e}\u{1f600} \u{e9}"] {
            let document: toml_edit::DocumentMut =
                format!("a = {}\nb = {}", text(plain), texts(&[plain])).parse().unwrap();
            assert_eq!((document["a"].as_str(), document["b"][0].as_str()), (Some(plain), Some(plain)));
        }
    }
}
