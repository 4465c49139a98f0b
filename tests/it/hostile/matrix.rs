//! Where each case of the matrix is shown, for both sides. A name that is no test any more fails.

use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::Path;

/// Case, side, and the tests: a file below the crate's root, and names in it.
const SHOWN: &[(&str, &str, &str, &[&str])] = &[
    (
        "C1",
        "target",
        "tests/it/hostile/target.rs",
        &["a_read_that_breaks_off_is_asked_for_again", "a_write_whose_answer_is_worth_nothing_is_never_sent_again"],
    ),
    ("C1", "target", "tests/it/wire_errors/tries.rs", &["a_deactivation_whose_answer_was_lost_is_settled_by_reading"]),
    ("C1", "source", "tests/it/hostile/sources.rs", &["what_breaks_off_is_asked_for_again_and_changes_nothing"]),
    ("C1", "source", "tests/it/hostile/ldap.rs", &["a_session_that_breaks_anywhere_removes_nobody"]),
    ("C2", "target", "src/http/client/tests.rs", &["a_slow_answer_ends_at_the_total_limit_though_each_read_succeeds"]),
    ("C2", "target", "src/postman/tests/lifeline.rs", &["what_has_no_answer_in_time_is_in_doubt"]),
    ("C2", "source", "tests/it/hostile/sources.rs", &["what_never_gets_better_ends_with_the_time_of_a_reading"]),
    ("C2", "source", "tests/it/hostile/ldap.rs", &["a_session_that_breaks_anywhere_removes_nobody"]),
    (
        "C3",
        "target",
        "tests/it/hostile/target.rs",
        &[
            "an_answer_that_is_none_stops_the_cycle_before_anything_is_written",
            "an_answer_that_nobody_asked_for_is_nobodys",
        ],
    ),
    (
        "C3",
        "source",
        "tests/it/hostile/sources.rs",
        &["what_is_too_large_or_no_json_is_refused_at_once", "an_answer_that_nobody_asked_for_is_nobodys"],
    ),
    (
        "C4",
        "target",
        "tests/it/hostile/target.rs",
        &["an_answer_that_is_none_stops_the_cycle_before_anything_is_written"],
    ),
    ("C4", "target", "tests/it/hostile/limits.rs", &["postmans_answers_are_read_up_to_the_limit"]),
    ("C4", "source", "tests/it/hostile/sources.rs", &["what_is_too_large_or_no_json_is_refused_at_once"]),
    ("C4", "source", "tests/it/hostile/limits.rs", &["answers_of_a_directory_are_read_up_to_the_limit"]),
    (
        "C5",
        "target",
        "tests/it/hostile/target.rs",
        &["an_answer_that_is_none_stops_the_cycle_before_anything_is_written", "a_team_with_nobody_in_it_is_no_team"],
    ),
    ("C5", "source", "tests/it/hostile/sources.rs", &["what_is_too_large_or_no_json_is_refused_at_once"]),
    (
        "C6",
        "target",
        "tests/it/hostile/target.rs",
        &["an_answer_that_is_none_stops_the_cycle_before_anything_is_written"],
    ),
    ("C6", "source", "tests/it/hostile/sources.rs", &["no_redirect_is_followed"]),
    ("C6", "source", "tests/it/ldap/sessions.rs", &["referrals_are_reported_and_not_followed"]),
    // Postman's pages are by position: there is no link that could be followed.
    ("C7", "target", "src/postman/tests/listing.rs", &["pages_advance_by_what_came_back"]),
    ("C7", "source", "tests/it/hostile/links.rs", &["no_link_leads_away", "a_token_of_the_next_page_is_one_value"]),
    (
        "C8",
        "target",
        "tests/it/https.rs",
        &["a_certificate_that_is_not_right_ends_it_before_anything_is_sent", "tls_1_1_is_no_tls"],
    ),
    (
        "C8",
        "target",
        "tests/it/hostile/tls.rs",
        &[
            "a_team_or_a_directory_whose_tls_is_too_old_or_bare_gets_no_key",
            "a_server_that_demands_a_certificate_of_ours_is_an_error",
        ],
    ),
    (
        "C8",
        "source",
        "tests/it/hostile/tls.rs",
        &[
            "a_directory_that_is_not_who_it_should_be_gets_no_credential",
            "an_ldap_server_that_is_not_who_it_should_be_gets_no_password",
        ],
    ),
    ("C9", "target", "tests/it/hostile/target.rs", &["no_name_and_no_proxy_of_the_environment_leads_elsewhere"]),
    ("C9", "source", "tests/it/hostile/sources.rs", &["a_name_that_nobody_knows_is_no_reason_to_ask_a_proxy"]),
    (
        "C10",
        "target",
        "tests/it/https.rs",
        &[
            "the_environment_names_a_proxy_only_where_the_configuration_says_so",
            "a_proxy_that_wants_a_password_is_named_and_given_one_by_the_environment",
        ],
    ),
    ("C10", "target", "tests/it/hostile/target.rs", &["no_name_and_no_proxy_of_the_environment_leads_elsewhere"]),
    ("C10", "source", "tests/it/hostile/sources.rs", &["a_name_that_nobody_knows_is_no_reason_to_ask_a_proxy"]),
    ("C11", "target", "tests/it/hostile/target.rs", &["a_read_that_breaks_off_is_asked_for_again"]),
    ("C11", "target", "tests/it/hostile/limits.rs", &["postmans_answers_are_read_up_to_the_limit"]),
    ("C11", "source", "tests/it/hostile/sources.rs", &["what_breaks_off_is_asked_for_again_and_changes_nothing"]),
    ("C11", "source", "tests/it/hostile/limits.rs", &["answers_of_a_directory_are_read_up_to_the_limit"]),
    (
        "C12",
        "target",
        "tests/it/hostile/ids.rs",
        &["an_id_of_the_team_is_one_segment", "an_id_of_the_team_that_can_be_no_segment_is_not_sent_and_others_go_on"],
    ),
    ("C12", "source", "tests/it/hostile/ids.rs", &["an_id_of_a_directory_is_one_segment"]),
    ("C12", "source", "src/source/ldap/tests/ids.rs", &["an_id_stays_one_value_in_a_filter"]),
    ("C13", "target", "tests/it/hostile/ids.rs", &["a_user_name_is_one_value_of_a_filter"]),
    ("C13", "target", "src/postman/tests/wire.rs", &["a_user_name_cannot_change_the_filter"]),
    ("C13", "source", "tests/it/hostile/ids.rs", &["a_name_of_a_group_is_one_value_of_a_filter"]),
];

#[test]
fn every_case_is_shown_on_both_sides_by_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (case, side, file, names) in SHOWN {
        let text = read_to_string(root.join(file)).unwrap();
        for name in *names {
            let is_there = text.contains(&format!("fn {name}("));
            assert!(is_there, "{case}, {side}: there is no {name} in {file}");
        }
    }
    let shown: BTreeSet<(&str, &str)> = SHOWN.iter().map(|(case, side, ..)| (*case, *side)).collect();
    for n in 1..=13 {
        for side in ["target", "source"] {
            let case = format!("C{n}");
            assert!(shown.contains(&(case.as_str(), side)), "{case}, {side} is shown nowhere");
        }
    }
}
