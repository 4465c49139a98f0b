//! CSV as RFC 4180 has it, and nothing looser. Our own reader, since the usual ones take a quote that is never
//! closed, or text behind a closing quote, for a value: the very marks of a half-written file.
//!
//! Never: mends a row, or holds more than one.

use serde_json::Value;

use super::bytes::{Bytes, Whole};
use crate::config::file_source::FileSettings;
use crate::source::SourceError;
use crate::source::records::columns::{Columns, advice};
use crate::source::records::place::printable;
use crate::source::records::{Entry, MAX_ENTRY, MAX_VALUE, utf8};

/// The rows below the header.
pub struct CsvRows {
    bytes: Bytes,
    delimiter: u8,
    row: Row,
    /// What each column is called in an entry; columns without a name are not looked at.
    names: Vec<Option<String>>,
    columns: Columns,
}

/// One row; the buffers are used again for the next.
#[derive(Default)]
struct Row {
    text: Vec<u8>,
    /// Where each field ends in `text`.
    ends: Vec<usize>,
    quoted: bool,
}

/// What stood behind a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Delimiter,
    Line,
    File,
}

impl Row {
    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.quoted = false;
    }

    fn is_blank(&self) -> bool {
        self.ends.len() == 1 && self.text.is_empty() && !self.quoted
    }

    fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end])
    }
}

impl CsvRows {
    /// Reads the header. Errors: no header, a name twice, or a column that the settings name and the file lacks.
    pub fn open(bytes: Bytes, settings: &FileSettings) -> Result<Self, SourceError> {
        let delimiter = settings.delimiter.unwrap_or_else(|| guess_delimiter(bytes.ahead()));
        let columns = Columns::configured(&settings.records);
        let mut rows = Self { bytes, delimiter, row: Row::default(), names: Vec::new(), columns };
        let Some(line) = rows.read_row()? else {
            return Err(rows.bytes.place().refused("the file holds no header line; export it again"));
        };
        let header = rows.header(line)?;
        let malformed = |reason: String| rows.bytes.place().malformed(line, reason);
        let names = rename(&header, settings).map_err(malformed)?;
        let columns = find_columns(&header, &names, settings).map_err(malformed)?;
        Ok(Self { names, columns, ..rows })
    }

    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next row that is not a blank line.
    pub fn next(&mut self) -> Result<Option<Entry>, SourceError> {
        let Some(line) = self.read_row()? else { return Ok(None) };
        let malformed = |reason: String| self.bytes.place().malformed(line, reason);
        if self.row.ends.len() != self.names.len() {
            return Err(malformed(format!(
                "the row has {} fields and the header {}: the file is half-written, or a value with a delimiter or a \
                 quote in it stands without quotes; export it again, with values quoted",
                self.row.ends.len(),
                self.names.len()
            )));
        }
        let named = self.names.iter().zip(self.row.fields()).filter_map(|(name, field)| Some((name.as_ref()?, field)));
        let attributes = named.map(|(name, field)| Ok((name.clone(), Value::from(utf8(field)?))));
        let attributes = attributes.collect::<Result<_, &str>>().map_err(|reason| malformed(reason.into()))?;
        Ok(Some(Entry { line, attributes }))
    }

    pub fn finish(self) -> Result<Whole, SourceError> {
        self.bytes.finish()
    }

    fn header(&self, line: u64) -> Result<Vec<String>, SourceError> {
        let names = self.row.fields().map(|field| Ok(utf8(field)?.trim().to_owned()));
        names.collect::<Result<_, &str>>().map_err(|reason| self.bytes.place().malformed(line, reason))
    }

    /// Reads one row into the buffers and returns the line it begins on. Blank lines (and the LF of a CRLF) are
    /// passed over.
    fn read_row(&mut self) -> Result<Option<u64>, SourceError> {
        loop {
            self.row.clear();
            let line = self.bytes.line();
            let mut stop = self.read_field()?;
            while stop == Stop::Delimiter {
                stop = self.read_field()?;
            }
            if !self.row.is_blank() {
                return Ok(Some(line));
            }
            if stop == Stop::File {
                return Ok(None);
            }
        }
    }

    fn read_field(&mut self) -> Result<Stop, SourceError> {
        let stop = match self.bytes.next()? {
            Some(b'"') => self.read_quoted()?,
            first => self.read_bare(first)?,
        };
        self.row.ends.push(self.row.text.len());
        Ok(stop)
    }

    fn read_bare(&mut self, first: Option<u8>) -> Result<Stop, SourceError> {
        let mut next = first;
        loop {
            let byte = match self.stop_or_byte(next) {
                Ok(stop) => return Ok(stop),
                Err(b'"') => return Err(self.stray_quote()),
                Err(byte) => byte,
            };
            self.push(byte)?;
            next = self.bytes.next()?;
        }
    }

    fn read_quoted(&mut self) -> Result<Stop, SourceError> {
        self.row.quoted = true;
        let opened = self.bytes.line();
        loop {
            match self.bytes.next()? {
                None => {
                    let reason = "a quote is opened here and never closed: the file is half-written; export it again";
                    return Err(self.bytes.place().malformed(opened, reason));
                }
                Some(b'"') => match self.bytes.next()? {
                    Some(b'"') => self.push(b'"')?,
                    next => return self.stop_or_byte(next).map_err(|_| self.stray_quote()),
                },
                Some(byte) => self.push(byte)?,
            }
        }
    }

    fn stop_or_byte(&self, next: Option<u8>) -> Result<Stop, u8> {
        match next {
            None => Ok(Stop::File),
            Some(b'\n' | b'\r') => Ok(Stop::Line),
            Some(byte) if byte == self.delimiter => Ok(Stop::Delimiter),
            Some(byte) => Err(byte),
        }
    }

    fn push(&mut self, byte: u8) -> Result<(), SourceError> {
        let field = self.row.text.len() - self.row.ends.last().copied().unwrap_or(0);
        if field == MAX_VALUE || self.row.text.len() == MAX_ENTRY {
            let reason = "a value longer than 64 KiB, or a row longer than 1 MiB, ends here; probably a quote further \
                          up is never closed";
            return Err(self.bytes.place().malformed(self.bytes.line(), reason));
        }
        self.row.text.push(byte);
        Ok(())
    }

    fn stray_quote(&self) -> SourceError {
        let reason = "a quote inside a value that does not begin with one, or text behind a closing quote; put the \
                      whole value in quotes and double the quotes inside (RFC 4180)";
        self.bytes.place().malformed(self.bytes.line(), reason)
    }
}

/// The most frequent of `,` `;` and tab in the header line, outside quotes; `,` when none wins.
fn guess_delimiter(ahead: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in ahead.iter().skip_while(|byte| matches!(byte, b'\r' | b'\n')) {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(delimiter, _)| delimiter == byte).for_each(|(_, count)| *count += 1),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    if counts[0].1 == counts[1].1 { b',' } else { counts[0].0 }
}

/// The header under the names of the mapping; none for a column without a name.
fn rename(header: &[String], settings: &FileSettings) -> Result<Vec<Option<String>>, String> {
    for (column, _) in &settings.header {
        if !header.contains(column) {
            return Err(lacks("header", column, header));
        }
    }
    let mut names: Vec<Option<String>> = Vec::with_capacity(header.len());
    for column in header {
        let renamed = settings.header.iter().find(|(from, _)| from == column).map(|(_, to)| to);
        let name = Some(renamed.unwrap_or(column).clone()).filter(|name| !name.is_empty());
        if let Some(twice) = name.as_ref().filter(|_| names.contains(&name)) {
            let twice = printable(twice);
            return Err(format!("the column \"{twice}\" is there twice; rename one in the export, or in `header`"));
        }
        names.push(name);
    }
    Ok(names)
}

/// The columns of the settings, which may be called as in the file or as renamed.
fn find_columns(header: &[String], names: &[Option<String>], settings: &FileSettings) -> Result<Columns, String> {
    let find = |key: &str, wanted: &String| {
        let as_in_file = header.iter().position(|column| column == wanted);
        let index = as_in_file.or_else(|| names.iter().position(|name| name.as_ref() == Some(wanted)));
        index.and_then(|index| names[index].clone()).ok_or_else(|| lacks(key, wanted, header))
    };
    let settings = &settings.records;
    Ok(Columns {
        id: find("id", &settings.id)?,
        active: settings.active.as_ref().map(|wanted| find("active", wanted)).transpose()?,
        groups: settings.groups.as_ref().map(|wanted| find("groups", wanted)).transpose()?,
    })
}

fn lacks(key: &str, wanted: &str, header: &[String]) -> String {
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    format!("the header has no column \"{}\", which `{key}` names; {}", printable(wanted), advice(wanted, &names))
}
