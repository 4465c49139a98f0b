//! Reads a whole body within limits, and unpacks gzip itself, since only then both sizes are known.
//!
//! Never: holds more of a body than the limit allows, before or after unpacking.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use reqwest::header::CONTENT_ENCODING;

use super::client::Limits;

/// Why a body was not read.
pub(super) enum BodyError {
    /// The connection broke.
    Cut(reqwest::Error),
    /// Policy; a reason that reads behind "answered with".
    Refused(String),
}

#[derive(Clone, Copy)]
enum Encoding {
    Identity,
    Gzip,
}

pub(super) async fn read(mut response: reqwest::Response, limits: &Limits) -> Result<Vec<u8>, BodyError> {
    let encoding = encoding(&response)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Cut)? {
        if body.len() + chunk.len() > limits.body_bytes_max {
            return Err(too_large(limits));
        }
        body.extend_from_slice(&chunk);
    }
    match encoding {
        Encoding::Identity => Ok(body),
        Encoding::Gzip => unpack(&body, limits),
    }
}

/// We ask for gzip or identity; whatever else came was not asked for. Encodings one inside another neither.
fn encoding(response: &reqwest::Response) -> Result<Encoding, BodyError> {
    let mut values = response.headers().get_all(CONTENT_ENCODING).iter();
    let (first, more) = (values.next(), values.next());
    let text = first.map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase());
    match text.as_deref() {
        None | Some("" | "identity") if more.is_none() => Ok(Encoding::Identity),
        Some("gzip" | "x-gzip") if more.is_none() => Ok(Encoding::Gzip),
        _ => Err(BodyError::Refused("a content encoding that was not asked for".into())),
    }
}

fn unpack(packed: &[u8], limits: &Limits) -> Result<Vec<u8>, BodyError> {
    if packed.is_empty() {
        return Ok(Vec::new());
    }
    let bytes_max = limits.body_bytes_max.min(packed.len().saturating_mul(limits.ratio_max));
    let mut body = Vec::new();
    let one_more = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut unpacking = MultiGzDecoder::new(packed).take(one_more);
    unpacking.read_to_end(&mut body).map_err(|_| BodyError::Refused("a body that is broken gzip".into()))?;
    if body.len() > limits.body_bytes_max {
        return Err(too_large(limits));
    }
    if body.len() > bytes_max {
        return Err(BodyError::Refused(format!("a body packed more than {} to 1", limits.ratio_max)));
    }
    Ok(body)
}

fn too_large(limits: &Limits) -> BodyError {
    BodyError::Refused(format!("a body of more than {} bytes", limits.body_bytes_max))
}
