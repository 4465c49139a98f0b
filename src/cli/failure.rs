//! A verb that could not do its work: what happened, what to do, and the exit code.

use super::terminal;
use crate::config::Problem;
use crate::engine::observe::ObserveError;
use crate::postman::PostmanError;
use crate::report::clean_reason;
use crate::store::StoreError;

/// Exit codes of design: 1 failed, 2 usage or configuration, 6 locked, 7 the database needs attention.
#[derive(Debug)]
pub struct Failure {
    pub exit_code: u8,
    /// Lines for the terminal.
    pub what: Vec<String>,
    pub advice: Option<String>,
}

impl Failure {
    pub fn new(exit_code: u8, what: impl Into<String>) -> Self {
        Self { exit_code, what: vec![what.into()], advice: None }
    }

    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// A failure that nobody is left to hear of.
    pub fn silent(exit_code: u8) -> Self {
        Self { exit_code, what: Vec::new(), advice: None }
    }

    /// Prints to standard error and returns the exit code.
    pub fn tell(&self) -> u8 {
        for line in &self.what {
            terminal::tell(&format!("error: {}", clean_reason(line)));
        }
        if let Some(advice) = &self.advice {
            terminal::tell(&format!("  -> {}", clean_reason(advice)));
        }
        self.exit_code
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        let what = problems.iter().map(ToString::to_string).collect();
        Self { exit_code: 2, what, advice: None }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let what = error.to_string();
        match error {
            StoreError::Locked { .. } => {
                Self::new(6, what).advise("another `sync` is at work; wait until it ends, and look at `status`")
            }
            StoreError::Damaged { advice, .. } => Self::new(7, what).advise(advice),
            StoreError::Newer { .. } => {
                Self::new(7, what).advise("run the newer version again; an older one must not write this file")
            }
            StoreError::Failed { .. } => {
                Self::new(1, what).advise("check the disk, the directory and who owns it, then run the command again")
            }
        }
    }
}

impl From<PostmanError> for Failure {
    fn from(error: PostmanError) -> Self {
        let failure = Self::new(1, error.to_string());
        match error.advice() {
            Some(advice) => failure.advise(advice),
            None => failure,
        }
    }
}

impl From<ObserveError> for Failure {
    fn from(error: ObserveError) -> Self {
        match error {
            ObserveError::Team { stop, .. } => Self { exit_code: 1, what: vec![stop.reason], advice: stop.advice },
            ObserveError::Store(error) => error.into(),
        }
    }
}
