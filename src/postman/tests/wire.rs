//! Exactly what is sent, and what is read from odd answers.

use super::super::wire::*;
use super::*;

fn text(body: Vec<u8>) -> String {
    String::from_utf8(body).unwrap()
}

#[test]
fn bodies_are_the_documented_ones_and_hold_nothing_else() {
    let user_schema = "urn:ietf:params:scim:schemas:core:2.0:User";
    let patch = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    assert_eq!(
        text(create(&ada())),
        format!(
            r#"{{"schemas":["{user_schema}"],"userName":"ada@example.com","name":{{"givenName":"Ada","familyName":"Byron"}},"active":true}}"#
        )
    );
    assert_eq!(
        text(rename(&Name::new("A\"da", "\u{1F600}"))),
        format!(
            "{{\"schemas\":[\"{user_schema}\"],\"name\":{{\"givenName\":\"A\\\"da\",\"familyName\":\"\u{1F600}\"}}}}"
        )
    );
    assert_eq!(
        text(set_active(false)),
        format!(r#"{{"schemas":["{patch}"],"Operations":[{{"op":"replace","value":{{"active":false}}}}]}}"#)
    );
    assert_eq!(
        text(readdress(&UserName::new("New@example.com"))),
        format!(
            r#"{{"schemas":["{patch}"],"Operations":[{{"op":"replace","path":"userName","value":"New@example.com"}}]}}"#
        )
    );
}

#[test]
fn a_user_name_cannot_change_the_filter() {
    assert_eq!(
        find_path("ada+test@acme.example", 1, 100),
        "/Users?filter=userName%20eq%20%22ada%2Btest%40acme.example%22&startIndex=1&count=100"
    );
    for name in [r#"") or (active eq "true"#, r"back\slash", r#"\""#, "a&count=9#x", "a b%22", "\u{0}\r\n", "ünï@x"] {
        let path = find_path(name, 1, 100);
        let url = url::Url::parse(&format!("https://host.example{path}")).unwrap();
        let pairs: Vec<(String, String)> = url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        assert_eq!(pairs.len(), 3, "{path}");
        let quoted = pairs[0].1.strip_prefix("userName eq ").unwrap();
        // One JSON string and nothing behind it.
        assert_eq!(serde_json::from_str::<String>(quoted).unwrap(), name);
    }
}

#[test]
fn an_id_is_one_path_segment_or_refused() {
    for (raw, path) in [
        ("405775fe15ed", "/Users/405775fe15ed"),
        ("a/b", "/Users/a%2Fb"),
        ("../../Groups", "/Users/..%2F..%2FGroups"),
        ("a?b#c%2f", "/Users/a%3Fb%23c%252f"),
        ("a\r\nb", "/Users/a%0D%0Ab"),
        ("...", "/Users/..."),
    ] {
        assert_eq!(user_path(&id(raw)).as_deref(), Some(path));
    }
    for raw in ["", ".", "..", "x".repeat(10_000).as_str()] {
        assert_eq!(user_path(&id(raw)), None);
    }
}

#[test]
fn the_reader_takes_what_may_be_absent() {
    let list = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    for body in [
        format!(r#"{{"schemas":["{list}"],"totalResults":0}}"#),
        format!(r#"{{"schemas":["{list}"],"Resources":null}}"#),
        r#"{"Resources":[]}"#.to_owned(),
    ] {
        assert_eq!(page(body.as_bytes()).unwrap().resources, []);
    }
    let odd = r#"{"totalResults":"many","Resources":[
        {"id":"1","userName":"a@x","active":true,"name":null,"groups":[{"x":[1]}],"extra":{"id":"2"}},
        {"id":"../ü","userName":"b@x","active":"False","name":{"givenName":null}}]}"#;
    let page = page(odd.as_bytes()).unwrap();
    assert_eq!(page.total, None);
    let account = |name: &str| Account { user_name: UserName::new(name), name: Name::new("", "") };
    let expected = [
        Member { scim_id: id("1"), account: account("a@x"), active: true },
        Member { scim_id: id("../ü"), account: account("b@x"), active: false },
    ];
    assert_eq!(page.resources, expected);
}

#[test]
fn the_reader_refuses_what_could_be_misread_and_repeats_nothing_of_it() {
    let deep = format!(r#"{{"Resources":[],"x":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let long = format!(r#"{{"id":"1","userName":"{}","active":true}}"#, "secret".repeat(20_000));
    for body in [
        "",
        "{}",
        "[]",
        "null",
        "<html>secret</html>",
        "\u{feff}{\"Resources\":[]}",
        r#"{"Resources":[]} secret"#,
        r#"{"Resources":[]}{"#,
        r#"{"Resources":{}}"#,
        r#"{"Resources":[],"Resources":[]}"#,
        r#"{"Resources":[{"id":"1"}]}"#,
        r#"{"Resources":["secret@x"]}"#,
        r#"{"Resources":[],"x":NaN}"#,
        r#"{"status":"secret"}"#,
        deep.as_str(),
    ] {
        let reason = page(body.as_bytes()).unwrap_err().to_string();
        assert!(!reason.contains("secret"), "{reason}");
    }
    for body in [
        r#"{"id":"1","userName":"secret@x"}"#,
        r#"{"id":"1","userName":"secret@x","active":null}"#,
        r#"{"id":"1","userName":"secret@x","active":"yes"}"#,
        r#"{"id":"1","userName":"secret@x","active":1}"#,
        r#"{"id":"1","id":"2","userName":"secret@x","active":true}"#,
        r#"{"id":"","userName":"secret@x","active":true}"#,
        r#"{"id":7,"userName":"secret@x","active":true}"#,
        r#"{"id":"1","userName":"","active":true}"#,
        r#"{"id":"1","userName":null,"active":true}"#,
        r#"{"id":"1","userName":"\ud800","active":true}"#,
        long.as_str(),
    ] {
        let reason = member(body.as_bytes()).unwrap_err().to_string();
        assert!(!reason.contains("secret"), "{reason}");
    }
    assert!(page(b"{\"Resources\":[],\"x\":\"\xff\"}").is_err());
}

#[test]
fn the_depth_limit_is_exact_and_does_not_count_in_strings() {
    let nested = |n: usize| format!(r#"{{"Resources":[],"x":{}{}}}"#, "[".repeat(n), "]".repeat(n));
    assert!(page(nested(63).as_bytes()).is_ok());
    assert!(page(nested(64).as_bytes()).is_err());
    let quoted = format!(r#"{{"Resources":[],"x":"{}\"["}}"#, "[{".repeat(1000));
    assert!(page(quoted.as_bytes()).is_ok());
}
