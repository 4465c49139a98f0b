//! What goes wrong on the wire: rate limits, outages, lost answers, foreign answers, another team. What may pass is
//! tried again, what may have had its effect is settled by reading, and what is not the team stops the cycle.

mod canned;
mod effects;
mod keys;
mod listings;
mod odd_listings;
mod tries;
