//! Mapping: what the directory returned -> the three attributes Postman takes. Pure; compiled once.
//!
//! Never: a fourth target, and never a password.

use serde::{Deserialize, Serialize};

use super::model::{Account, DirectoryUser};

/// Why the mapping made no account of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Rejection {
    /// A target came out empty. `target` is `user_name`, `given_name` or `family_name`; `from` its setting.
    Missing { target: String, from: String },
    /// The userName is no e-mail address Postman would take.
    NotAnEmail { value: String },
    /// The attribute has several values, and nothing says which one counts.
    Several { target: String, values: usize },
    /// The expression failed on this entry.
    Expression { target: String, error: String },
    /// Longer than any name is (256 bytes), or with control characters.
    Unusable { target: String },
}

/// One of the three settings of `[mapping]`: an attribute's name, or a minijinja expression (it holds `{{`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingSettings {
    pub user_name: String,
    pub given_name: String,
    pub family_name: String,
}

/// The compiled mapping.
pub struct Mapping {
    settings: MappingSettings,
}

impl Mapping {
    /// Compiles the expressions. Errors: one `(target, message)` for each setting that is wrong.
    pub fn compile(settings: &MappingSettings) -> Result<Self, Vec<(&'static str, String)>> {
        Ok(Self { settings: settings.clone() })
    }

    /// The account of one entry, or why there is none.
    pub fn account(&self, user: &DirectoryUser) -> Result<Account, Rejection> {
        let _ = (&self.settings, user);
        todo!("mapping helper")
    }
}
