//! The four writes: where they go, and that the answer is shown and not assumed.

use super::*;

/// A team that answers every write with this user.
fn showing(answer: serde_json::Value) -> Reader<Script> {
    team(move |_, _| json(200, &answer.to_string()))
}

#[tokio::test(start_paused = true)]
async fn each_write_is_one_request_to_the_right_place() {
    let reader = showing(user("i/1", "ada@example.com", true));
    let writer = Writer::new(&reader);
    writer.create(&ada()).await.unwrap();
    writer.readdress(&id("i/1"), &UserName::new("b@example.com")).await.unwrap();
    writer.rename(&id("i/1"), &Name::new("A", "B")).await.unwrap();
    writer.set_active(&id("i/1"), true).await.unwrap();
    assert_eq!(reader.paths(), ["POST /Users", "PATCH /Users/i%2F1", "PUT /Users/i%2F1", "PATCH /Users/i%2F1"]);
    let bodies: Vec<String> = {
        let seen = reader.transport().seen.lock().unwrap();
        seen.iter().map(|r| String::from_utf8(r.body.clone().unwrap()).unwrap()).collect()
    };
    for never in ["externalId", "displayName", "emails", "password", "groups"] {
        assert!(bodies.iter().all(|body| !body.contains(never)));
    }
    assert!(bodies[1].contains("b@example.com") && bodies[2].contains("\"givenName\":\"A\""));
    assert!(bodies[3].contains("\"active\":true") && !bodies[3].contains("path"));
}

#[tokio::test(start_paused = true)]
async fn the_answer_is_returned_as_shown_even_if_it_is_not_what_was_asked() {
    let reader = showing(user("1", "other@example.com", true));
    let member = Writer::new(&reader).set_active(&id("1"), false).await.unwrap();
    assert!(member.active);
    let member = Writer::new(&reader).create(&ada()).await.unwrap();
    assert_eq!(member.account.user_name.as_str(), "other@example.com");
}

#[tokio::test(start_paused = true)]
async fn another_member_in_the_answer_is_doubt_and_a_bad_id_is_not_sent() {
    let reader = showing(user("2", "ada@example.com", false));
    let writer = Writer::new(&reader);
    let error = writer.set_active(&id("1"), false).await.unwrap_err();
    assert_eq!((error.cause, reader.paths().len()), (Cause::Unknown, 1));
    for bad in ["", ".", ".."] {
        assert_eq!(writer.rename(&id(bad), &Name::new("A", "B")).await.unwrap_err().cause, Cause::BadRequest);
    }
    assert_eq!(reader.paths().len(), 1);
}
