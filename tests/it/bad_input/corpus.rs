//! Strings that have broken programs: the Big List of Naughty Strings (the crate `naughty-strings`), what Unicode writes in
//! several ways (made from ranges), addresses by the classes of RFC 5321 and 5322, and the list of our own.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// Whether every string goes into every place (`BAD_INPUT_ALL=1`), and not each into some.
pub fn all() -> bool {
    std::env::var_os("BAD_INPUT_ALL").is_some()
}

/// Everything, each string once.
pub fn strings() -> Vec<String> {
    let mut strings: Vec<String> = naughty_strings::BLNS.iter().map(|text| (*text).to_owned()).collect();
    assert!(strings.len() >= 500, "the list is whole: {}", strings.len());
    strings.extend(own());
    strings.extend(forms());
    strings.extend(addresses());
    let mut seen = std::collections::HashSet::new();
    strings.retain(|text| seen.insert(text.clone()));
    strings
}

/// What the list above lacks.
pub fn own() -> Vec<String> {
    let mut own: Vec<String> = [
        // Case folding that changes length or letter.
        "ı",
        "İ",
        "ſ",
        "K",
        "ß",
        "ẞ",
        "ǆ",
        "ﬁ",
        "ŉ",
        "Σς",
        // What is not what it looks like.
        "\u{202e}gnp.exe",
        "a\u{2066}b\u{2069}",
        "x\u{200b}y",
        "x\u{200d}y",
        "\u{feff}x",
        "so\u{ad}ft",
        "\u{61c}x",
        "a\u{2028}b",
        "\u{e0041}\u{e0042}",
        "\u{180e}x",
        "x\u{fe0f}",
        "\u{fff9}a\u{fffa}b\u{fffb}",
        "👩‍👩‍👧‍👦",
        "🏳️‍🌈",
        "مرحبا",
        "שלום (x)",
        // Lines, terminals, logs.
        "a\rb",
        "a\nb",
        "a\r\nb",
        "a\tb",
        "a\0b",
        "\u{1b}[2J\u{1b}[31mred",
        "\u{1b}]0;title\u{7}",
        "\u{9b}31m",
        "\u{8}\u{8}x",
        "x\n2026-01-01T00:00:00Z ERROR forged",
        "{\"message\":\"forged\"}",
        "\u{7f}",
        "\u{85}x",
        // Reports.
        "<img src=x onerror=alert(1)>",
        "<!channel> <@U123>",
        "[x](javascript:alert(1))",
        "![x](https://evil.example/x)",
        "a|b|c",
        "`code`",
        "```\nfence",
        "**b** _i_ ~~s~~",
        "@octocat #1",
        "&lt;b&gt;",
        "{{ 7*7 }}",
        "{% raw %}",
        "${x}",
        "%s%n",
        // Spreadsheets.
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-1+1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        " =1",
        "＝1",
        "x;=1",
        "\"=1\"",
        "'=1",
        "=1\",\"=2",
        // Queries, paths, names in directories.
        "x\" or userName pr or \"",
        "x' or '1'='1",
        "*)(uid=*))(|(uid=*",
        "../../etc/passwd%00",
        "a/b?c#d%2e",
        ".",
        "..",
        "a+b c&d",
        "cn=x\\,y,dc=z",
        "#x",
        " x ",
        "x\\",
        "C:\\con",
        "~root",
        // What stands for nothing, or for something else.
        "null",
        "NULL",
        "undefined",
        "None",
        "true",
        "False",
        "0",
        "-0",
        "1e400",
        "NaN",
        "0x10",
        "inf",
        "[]",
        "{}",
        "'",
        "\"",
        "\\",
        // People with one name.
        "Madonna",
        "X Æ A-12",
        "O'Brien-Smith",
        "Nguyễn",
        "王",
        "Jr.",
    ]
    .iter()
    .map(|text| (*text).to_owned())
    .collect();
    own.extend([1, 255, 256, 257, 10_000].map(|length| "x".repeat(length)));
    own.extend([255, 256].map(|bytes| "é".repeat(bytes / 2 + 1)));
    own.push("e\u{301}".repeat(64));
    own.push(format!("Z{}", "\u{30d}\u{31b}".repeat(100)));
    own
}

/// The four normal forms of what has several: each letter of some ranges.
fn forms() -> Vec<String> {
    let ranges = [
        '\u{c0}'..='\u{c5}',
        '\u{1e9b}'..='\u{1ea1}',
        '\u{2126}'..='\u{212b}',
        '\u{ac00}'..='\u{ac02}',
        '\u{fb00}'..='\u{fb05}',
        '\u{ff21}'..='\u{ff23}',
        '\u{3b1}'..='\u{3b1}',
        '\u{1f71}'..='\u{1f73}',
        '\u{2460}'..='\u{2462}',
    ];
    let mut forms = Vec::new();
    for c in ranges.into_iter().flatten() {
        let text = format!("N{c}\u{327}\u{301}");
        forms.push(ComposingNormalizerBorrowed::new_nfc().normalize(&text).into_owned());
        forms.push(DecomposingNormalizerBorrowed::new_nfd().normalize(&text).into_owned());
        forms.push(ComposingNormalizerBorrowed::new_nfkc().normalize(&text).into_owned());
        forms.push(DecomposingNormalizerBorrowed::new_nfkd().normalize(&text).into_owned());
    }
    forms
}

/// By the classes of RFC 5321 §4.1.2, §4.5.3.1 and RFC 5322 §3.4: right, right and unusual, obsolete, wrong.
pub fn addresses() -> Vec<String> {
    let domain = "acme.example";
    let mut all: Vec<String> = [
        // Atoms, dots, tags, every letter of atext.
        "a",
        "a.b",
        "a+tag",
        "a-b",
        "a_b",
        "!#$%&'*+/=?^_`{|}~-",
        "1",
        "UPPER",
        "o'brien",
        "x=y",
        "a/b",
        "%relay%host",
        // Quoted, with what only quotes allow.
        "\"a\"",
        "\"a b\"",
        "\"a@b\"",
        "\"a\\\"b\"",
        "\"\"",
        "\"a\".b",
        "\"\\\u{7}\"",
        "\"a\\\\\"",
        // Dots where none may be, and nothing at all.
        ".a",
        "a.",
        "a..b",
        "",
        " a",
        "a ",
        "a b",
        "a\tb",
        "a\r\n b",
        // Comments, routes, groups, display names.
        "(c)a",
        "a(c)",
        "a(c(n))",
        "<a",
        "Ada <a",
        "g:a",
        "@relay:a",
        "a,b",
        "a;b",
        "a\\b",
        "a[b",
        "a>b",
        // Outside of ASCII (RFC 6531), composed and not; what hides.
        "é",
        "e\u{301}",
        "用户",
        "a\u{200b}",
        "a\u{202e}b",
        "a\u{ad}",
        "a\u{a0}b",
        "а",
        "K",
        "ı",
        // Controls.
        "a\0",
        "a\u{1}",
        "a\u{7f}",
        "a\u{1b}[1m",
        "a\n",
    ]
    .iter()
    .map(|local| format!("{local}@{domain}"))
    .collect();
    all.extend([63, 64, 65].map(|length| format!("{}@{domain}", "l".repeat(length))));
    let label = "d".repeat(63);
    all.extend([
        format!("a@{label}.example"),
        format!("a@d{label}.example"),
        format!("a@{label}.{label}.{label}.{}.example", "d".repeat(52)),
        format!("a@{label}.{label}.{label}.{}.example", "d".repeat(53)),
        format!("é@{label}.{label}.{label}.{}.example", "d".repeat(51)),
    ]);
    let domains = [
        "",
        "localhost",
        "example",
        "example.",
        ".example",
        "a..example",
        "-a.example",
        "a-.example",
        "a_b.example",
        "123.example",
        "1.2.3.4",
        "[1.2.3.4]",
        "[IPv6:::1]",
        "[IPv6:1:2:3]",
        "[x\\]y]",
        "bücher.example",
        "xn--bcher-kva.example",
        "BÜCHER.example",
        "a.example(c)",
        "(c)a.example",
        " a.example",
        "a .example",
        "a\r\n .example",
        "a@b.example",
        "a.example:25",
        "a.example/x",
        "a.example?x",
        "a.example#x",
        "ａ.example",
        "a。example",
        "a.exa\u{ad}mple",
        "a.\u{202e}example",
        "test.invalid",
        "a.b.c.d.e.f.g.example",
        "faß.example",
        "acme.example\0",
        "ACME.EXAMPLE",
    ];
    all.extend(domains.map(|domain| format!("d{}@{domain}", domain.len())));
    all.extend(
        ["@", "a", "@a", "a@", "a@@b", "mailto:a@acme.example", "a@acme.example, b@acme.example", "\"a@acme.example"]
            .map(str::to_owned),
    );
    all
}

/// The letters of a text that do something to whoever shows it: controls, and what turns the direction of writing.
pub fn commands(text: &str) -> impl Iterator<Item = char> {
    let is_command = |c: &char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().filter(is_command)
}
