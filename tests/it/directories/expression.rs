//! Filter expressions of rented directories: SCIM-like ones with double quotes (Okta) and OData with single quotes (Graph).
//! Parsed here; what may be compared with what is the vendor's own rule.

use serde_json::Value;

/// A parsed filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    /// `name op value`, the operator in lower case.
    Compare(String, String, Value),
    /// `name in ('a', 'b')`
    In(String, Vec<Value>),
    /// `startswith(name, 'a')`
    Call(String, String, Value),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
}

/// Parses it; the error says what is wrong.
pub fn parse(text: &str, quote: char) -> Result<Filter, String> {
    let mut parser = Parser { tokens: tokens(text, quote)?, at: 0 };
    let filter = parser.or()?;
    if parser.at < parser.tokens.len() { Err(format!("unexpected {:?}", parser.tokens[parser.at])) } else { Ok(filter) }
}

fn tokens(text: &str, quote: char) -> Result<Vec<Token>, String> {
    let (mut found, mut rest) = (Vec::new(), text.chars().peekable());
    while let Some(&c) = rest.peek() {
        match c {
            ' ' => _ = rest.next(),
            '(' | ')' | ',' => {
                rest.next();
                found.push(if c == '(' {
                    Token::Open
                } else if c == ')' {
                    Token::Close
                } else {
                    Token::Comma
                });
            }
            c if c == quote => {
                rest.next();
                found.push(Token::Text(quoted(&mut rest, quote)?));
            }
            _ => {
                let mut word = String::new();
                while let Some(c) = rest.next_if(|c| !" (),".contains(*c) && *c != quote) {
                    word.push(c);
                }
                found.push(Token::Word(word));
            }
        }
    }
    Ok(found)
}

/// Double quotes are escaped by a backslash, single ones are doubled.
fn quoted(rest: &mut std::iter::Peekable<std::str::Chars>, quote: char) -> Result<String, String> {
    let mut text = String::new();
    loop {
        match rest.next() {
            Some('\\') if quote == '"' => text.extend(rest.next()),
            Some(c) if c == quote && quote == '\'' && rest.next_if_eq(&quote).is_some() => text.push(quote),
            Some(c) if c == quote => return Ok(text),
            Some(c) => text.push(c),
            None => return Err("a quote is open".into()),
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn or(&mut self) -> Result<Filter, String> {
        let mut left = self.and()?;
        while self.word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, String> {
        let mut left = self.one()?;
        while self.word("and") {
            left = Filter::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Filter, String> {
        if self.word("not") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        match self.next()? {
            Token::Open => {
                let inside = self.or()?;
                self.expect(&Token::Close)?;
                Ok(inside)
            }
            Token::Word(name) if self.is(&Token::Open) => {
                let Token::Word(property) = self.next()? else { return Err(format!("{name} of what?")) };
                self.expect(&Token::Comma)?;
                let value = self.value()?;
                self.expect(&Token::Close)?;
                Ok(Filter::Call(name.to_lowercase(), property, value))
            }
            Token::Word(name) => {
                let Token::Word(operator) = self.next()? else { return Err(format!("no operator after {name}")) };
                let operator = operator.to_lowercase();
                if operator != "in" {
                    return Ok(Filter::Compare(name, operator, self.value()?));
                }
                self.expect(&Token::Open)?;
                let mut values = vec![self.value()?];
                while self.is(&Token::Comma) {
                    values.push(self.value()?);
                }
                self.expect(&Token::Close)?;
                Ok(Filter::In(name, values))
            }
            other => Err(format!("unexpected {other:?}")),
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.next()? {
            Token::Text(text) => Ok(Value::String(text)),
            Token::Word(word) => serde_json::from_str(&word).map_err(|_| format!("{word} is no value")),
            other => Err(format!("{other:?} is no value")),
        }
    }

    fn next(&mut self) -> Result<Token, String> {
        let token = self.tokens.get(self.at).cloned().ok_or("it ends too early")?;
        self.at += 1;
        Ok(token)
    }

    /// Goes on if it is that.
    fn is(&mut self, token: &Token) -> bool {
        let is = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(is);
        is
    }

    fn word(&mut self, word: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        if self.is(token) { Ok(()) } else { Err(format!("{token:?} is missing")) }
    }
}
