//! An attribute that is handed out in pieces, `member;range=0-1499` ([MS-ADTS] 3.1.1.3.1.3.3): each piece begins where the
//! one before it ended, and the last one says so with a `*`.
//!
//! Never: takes a piece that leaves a gap or repeats something; then nothing of the attribute counts.

/// More than that in one attribute is taken for a server that never ends.
const VALUES_MAX: u32 = 5_000_000;

/// How far the attribute is read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Range {
    next: u32,
}

/// What comes after a piece.
#[derive(Debug, PartialEq, Eq)]
pub enum After {
    /// The piece that begins here is asked for.
    More(u32),
    End,
}

impl Range {
    /// One piece of so many values, from the number of its first value to that of its last; without that it is the end.
    /// Errors: what is wrong with it, in words.
    pub fn accept(&mut self, from: u32, to: Option<u32>, values: usize) -> Result<After, String> {
        if from != self.next {
            return Err(format!("the server sent the values from {from} on where {} was asked for", self.next));
        }
        let Some(to) = to else { return Ok(After::End) };
        let announced = to.checked_sub(from).and_then(|last| last.checked_add(1));
        if announced.is_none_or(|announced| announced as usize != values) {
            return Err(format!("the server announced the values {from} to {to} and sent {values}"));
        }
        if to >= VALUES_MAX {
            return Err(format!("it has more than {VALUES_MAX} values"));
        }
        self.next = to + 1;
        Ok(After::More(self.next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces as (from, to, number of values), and whether they are the whole attribute.
    fn whole(pieces: &[(u32, Option<u32>, usize)]) -> Result<bool, String> {
        let mut range = Range::default();
        let mut ended = false;
        for (from, to, values) in pieces {
            assert!(!ended, "a piece is asked for behind the end");
            ended = range.accept(*from, *to, *values)? == After::End;
        }
        Ok(ended)
    }

    #[test]
    fn a_sequence_is_whole_when_each_piece_follows_and_the_last_says_so() {
        assert_eq!(whole(&[(0, Some(1499), 1500), (1500, Some(2999), 1500), (3000, None, 7)]), Ok(true));
        assert_eq!(whole(&[(0, None, 3)]), Ok(true));
        // Exactly one piece full, and nothing behind it.
        assert_eq!(whole(&[(0, Some(1499), 1500), (1500, None, 0)]), Ok(true));
        // The end is missing: more has to be asked for.
        assert_eq!(whole(&[(0, Some(1499), 1500)]), Ok(false));
        assert_eq!(Range::default().accept(0, Some(9), 10), Ok(After::More(10)));
    }

    #[test]
    fn gaps_repetitions_and_miscounts_are_refused() {
        for (why, pieces) in [
            ("a gap", &[(0, Some(9), 10), (20, None, 5)][..]),
            ("a repetition", &[(0, Some(9), 10), (0, Some(9), 10)]),
            ("an overlap", &[(0, Some(9), 10), (9, None, 5)]),
            ("a beginning that is none", &[(1, None, 5)]),
            ("fewer than announced", &[(0, Some(9), 9)]),
            ("more than announced", &[(0, Some(9), 11)]),
            ("an end before its beginning", &[(0, Some(9), 10), (10, Some(3), 0)]),
            ("the largest number there is", &[(0, Some(u32::MAX), 1)]),
        ] {
            assert!(whole(pieces).is_err(), "{why}");
        }
    }
}
