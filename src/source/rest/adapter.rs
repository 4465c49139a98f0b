//! What every source behind a REST API is: a name and settings, a time that no call exceeds, and three things that it can do.
//! Only those differ by provider.
//!
//! Never: connects before it is asked to, or keeps anything between two calls.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::timeout;
use url::Url;

use crate::clock::Clock;
use crate::config::Http;
use crate::core::evidence::Evidence;
use crate::core::model::SourceId;
use crate::http::label;
use crate::source::{Finding, Fold, LookedUp, Source, SourceError};

/// One directory, with the settings of its type.
pub struct Adapter<S> {
    pub name: String,
    pub settings: S,
    pub http: Http,
    pub clock: Clock,
}

impl<S: Clone> Adapter<S> {
    /// Connects to nothing yet.
    pub fn open(name: &str, settings: &S, http: &Http, clock: Clock) -> Self {
        Self { name: name.into(), settings: settings.clone(), http: http.clone(), clock }
    }
}

/// How long a call may take in all.
pub struct Limit<'a> {
    pub time: Duration,
    /// Where, for the message.
    pub url: &'a Url,
    /// The keys that give it more.
    pub raise: &'static str,
}

/// What differs by provider.
pub trait Provider: Send + Sync {
    fn describe(&self) -> String;
    fn limit(&self) -> Limit<'_>;
    fn read_whole(&self, fold: &mut dyn Fold) -> impl Future<Output = Result<Evidence, SourceError>> + Send;
    fn look_up_all(&self, ids: &[SourceId]) -> impl Future<Output = Result<LookedUp, SourceError>> + Send;
    fn examined(&self) -> impl Future<Output = Result<Vec<Finding>, SourceError>> + Send;
}

impl<S: Send + Sync> Source for Adapter<S>
where
    Adapter<S>: Provider,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        Provider::describe(self)
    }

    fn read<'a>(&'a self, fold: &'a mut dyn Fold) -> BoxFuture<'a, Result<Evidence, SourceError>> {
        Box::pin(in_time(self.limit(), self.read_whole(fold)))
    }

    fn look_up<'a>(&'a self, ids: &'a [SourceId]) -> BoxFuture<'a, Result<LookedUp, SourceError>> {
        Box::pin(in_time(self.limit(), self.look_up_all(ids)))
    }

    fn examine(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(async {
            let advice = "correct that; until then nobody is removed as missing".to_owned();
            let examined = in_time(self.limit(), self.examined()).await;
            examined.unwrap_or_else(|error| vec![Finding::Wrong(error.to_string(), advice)])
        })
    }
}

/// Errors: it was not enough.
async fn in_time<T>(limit: Limit<'_>, work: impl Future<Output = Result<T, SourceError>>) -> Result<T, SourceError> {
    let (seconds, raise) = (limit.time.as_secs(), limit.raise);
    let late = || SourceError::Unreachable {
        place: label(limit.url),
        reason: format!("not read to the end after {seconds} s; find out why it is slow, or raise {raise}"),
    };
    timeout(limit.time, work).await.unwrap_or_else(|_| Err(late()))
}
