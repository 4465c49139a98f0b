//! The audit chain notices every way of tampering.
//!
//! Never: trusts the triggers: they are dropped first, as somebody who tampers would.

use super::*;

fn tampered(sql: &str) -> std::result::Result<u64, (i64, String)> {
    let home = Home::furnished();
    let store = home.open();
    store.conn.execute_batch("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;").unwrap();
    store.conn.execute_batch(sql).unwrap();
    store.verify_audit().unwrap()
}

fn first_bad(sql: &str) -> i64 {
    tampered(sql).expect_err("must be noticed").0
}

#[test]
fn the_chain_only_grows() {
    let home = Home::furnished();
    let store = home.open();
    for sql in ["UPDATE audit SET detail = '{}' WHERE seq = 3", "DELETE FROM audit WHERE seq = 3"] {
        let error = store.conn.execute_batch(sql).unwrap_err();
        assert!(error.to_string().contains("only grows"), "{error}");
    }
    assert_eq!(store.verify_audit().unwrap(), Ok(RECORDS));
}

#[test]
fn an_edit_of_any_field_is_found_where_it_was_made() {
    assert_eq!(tampered(""), Ok(RECORDS));
    for field in ["at = at + 1", "cycle = 9", "cycle = NULL", "kind = 'x'", "subject = 'x'", "detail = detail || ' '"] {
        assert_eq!(first_bad(&format!("UPDATE audit SET {field} WHERE seq = 5")), 5, "{field}");
    }
    assert_eq!(first_bad("UPDATE audit SET hash = zeroblob(32) WHERE seq = 5"), 5);
    assert_eq!(first_bad("UPDATE audit SET prev = zeroblob(32) WHERE seq = 5"), 5);
}

#[test]
fn removal_at_the_start_in_the_middle_and_at_the_end() {
    assert_eq!(first_bad("DELETE FROM audit WHERE seq = 1"), 1);
    assert_eq!(first_bad("DELETE FROM audit WHERE seq = 40"), 40);
    assert_eq!(first_bad("DELETE FROM audit WHERE seq >= 70"), 70);
    assert_eq!(first_bad("DELETE FROM audit"), 1);
    let renumbered = "DELETE FROM audit WHERE seq = 40; UPDATE audit SET seq = seq - 1 WHERE seq > 40;";
    assert_eq!(first_bad(renumbered), 40);
}

#[test]
fn a_swap_and_an_insertion() {
    let swap = "UPDATE audit SET seq = 1000 WHERE seq = 20; UPDATE audit SET seq = 20 WHERE seq = 21;
                UPDATE audit SET seq = 21 WHERE seq = 1000;
                UPDATE sqlite_sequence SET seq = 80 WHERE name = 'audit';";
    assert_eq!(first_bad(swap), 20);
    let insert = "INSERT INTO audit SELECT 81, at, cycle, kind, subject, detail, prev, hash FROM audit WHERE seq = 80";
    assert_eq!(first_bad(insert), 81);
}

#[test]
fn fields_cannot_lend_each_other_bytes() {
    let one = "UPDATE audit SET subject = substr(subject, 1, length(subject) - 1),
               detail = substr(subject, -1) || detail WHERE seq = 5";
    assert_eq!(first_bad(one), 5);
}

#[test]
fn the_head_moves_with_every_record_and_a_rebuilt_chain_has_another() {
    let home = Home::furnished();
    let mut store = home.open();
    let before = store.audit_head().unwrap().unwrap();
    assert_eq!((before.0, before.1.len()), (80, 64));
    store.ask("sync", "", "", "uid 0", now()).unwrap();
    let after = store.audit_head().unwrap().unwrap();
    assert_eq!(after.0, 81);
    assert_ne!(after.1, before.1);
    assert_eq!(Store::in_memory().unwrap().audit_head().unwrap(), None);
}

#[test]
fn records_say_what_was_sent_how_it_ended_and_who_allowed_it() {
    let mut store = Store::in_memory().unwrap();
    let cycle = store.begin_cycle(now()).unwrap();
    store.approve("plan1", &[deactivate(1).key()], "alice", "one", now(), now().unix_s + 60).unwrap();
    let ops = store.begin(cycle, &[Begin { change: deactivate(1), why: String::new(), unapproved: 0 }], now()).unwrap();
    store.record(cycle, &[end(ops[0], deactivate(1), Ended::Done)], now()).unwrap();
    let mut records = store.audit_after(0, 100).unwrap();
    records.retain(|record| record.cycle == Some(cycle));
    let kinds: Vec<&str> = records.iter().map(|record| record.kind.as_str()).collect();
    assert_eq!(kinds, ["cycle_begin", "begin", "done"]);
    for record in &records[1..] {
        let detail: serde_json::Value = serde_json::from_str(&record.detail).unwrap();
        assert_eq!(record.subject, "hr:e1");
        assert_eq!(detail["approval"], serde_json::json!({"plan": "plan1", "by": "alice"}));
        assert_eq!(detail["change"]["scim_id"], scim_id(1).0);
        assert_eq!(detail["key"], deactivate(1).key().0);
    }
    assert_eq!(store.audit_after(2, 10).unwrap().len(), 2);
    assert_eq!(store.audit_after(0, 1).unwrap()[0].kind, "cycle_begin");
}
