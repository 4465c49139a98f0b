//! Answers that are nearly right: listings that lie or skip, wrong media types, compression nobody asked for.
//!
//! Never: changes the team, or an answer that is no success.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::Response;

use super::call::Reading;

/// What is odd about an answer whose request was served otherwise as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Bend {
    /// `totalResults` is wrong by so many.
    Total { by: i64 },
    /// There is no `totalResults`.
    NoTotal,
    /// There are no `Resources`.
    NoResources,
    /// `"Resources": null`.
    NullResources,
    /// A page without anybody on it; the total stands.
    EmptyPage,
    /// At most so many on the page, whatever `count` says. Nobody is lost who counts what came.
    ShortPage { entries: usize },
    /// A page after the first begins with the last ones of the page before.
    Overlap { entries: usize },
    /// A page after the first leaves so many out.
    Gap { entries: usize },
    /// The first page again, whatever was asked, for ever.
    FirstPageAgain,
    /// That `Content-Type`; the body stands.
    ContentType(String),
    /// Attributes nobody knows, in every object.
    UnknownAttributes,
    /// gzip, over HTTP; in-process there is nothing to decompress.
    Gzip,
}

impl Bend {
    /// What changes in the question: which part of a listing it is about.
    pub(super) fn question(&self, reading: &Reading) -> Reading {
        let mut bent = reading.clone();
        let start_index = reading.parameter("startIndex").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
        let asked = match self {
            Self::ShortPage { entries } => {
                let count = reading.parameter("count").and_then(|text| text.parse::<usize>().ok()).unwrap_or(100);
                Some(("count", count.min(*entries)))
            }
            Self::Overlap { entries } if start_index > 1 => {
                Some(("startIndex", start_index.saturating_sub(*entries).max(1)))
            }
            Self::Gap { entries } if start_index > 1 => Some(("startIndex", start_index.saturating_add(*entries))),
            Self::FirstPageAgain => Some(("startIndex", 1)),
            _ => None,
        };
        if let Some((name, value)) = asked {
            bent.query.retain(|(key, _)| key != name);
            bent.query.push((name.to_owned(), value.to_string()));
        }
        bent
    }

    /// What changes in the answer to it.
    pub(super) fn answer(&self, reading: &Reading, mut response: Response) -> Response {
        if response.status >= 300 {
            return response;
        }
        match self {
            Self::ContentType(value) => set_header(&mut response, "content-type", value),
            Self::Gzip => set_header(&mut response, "content-encoding", "gzip"),
            _ => {
                let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) else { return response };
                self.body(reading, &mut body);
                response.body = body.to_string().into_bytes();
            }
        }
        response
    }

    fn body(&self, reading: &Reading, body: &mut Value) {
        if *self == Self::UnknownAttributes {
            return add_unknown(body);
        }
        let Some(list) = body.as_object_mut().filter(|list| list.contains_key("Resources")) else { return };
        match self {
            Self::Total { by } => {
                let total = list["totalResults"].as_i64().unwrap_or(0).saturating_add(*by);
                list["totalResults"] = json!(total);
            }
            Self::NoTotal => _ = list.remove("totalResults"),
            Self::NoResources => _ = list.remove("Resources"),
            Self::NullResources => list["Resources"] = Value::Null,
            Self::EmptyPage => (list["Resources"], list["itemsPerPage"]) = (json!([]), json!(0)),
            // The page does not say where it really begins.
            _ => {
                let asked = reading.parameter("startIndex").and_then(|text| text.parse::<i64>().ok());
                list["startIndex"] = json!(asked.unwrap_or(1));
            }
        }
    }
}

fn add_unknown(value: &mut Value) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(add_unknown),
        Value::Object(object) => {
            object.values_mut().for_each(add_unknown);
            object.insert("x-unknown".to_owned(), json!({"of": ["another", "year"], "nothing": null}));
        }
        _ => {}
    }
}

fn set_header(response: &mut Response, name: &str, value: &str) {
    response.headers.retain(|(key, _)| key != name);
    response.headers.push((name.to_owned(), value.to_owned()));
}
