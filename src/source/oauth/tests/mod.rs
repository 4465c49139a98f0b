//! What the unit tests share, and the API behind the tokens.

pub mod keys;
mod rest;
mod skew;
