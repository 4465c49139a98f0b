//! The narrative: what happens in a company and in its directory, and what must be true afterwards in the team, in the
//! exit code, in what is said and in what was sent. Each scene begins with twenty people who are in the directory and in
//! the team.

use crate::support::{Row, crowd, row};

use super::groups;
use super::stage::{PEOPLE, Scene, Stage, Stop, says};
use super::{PAGE, Trouble};

type Told = Result<(), Stop>;

/// In the order in which they are told: first that a source does its work, then that it does no harm.
pub const ALL: &[(&str, Scene)] = &[
    ("several_pages", several_pages),
    ("a_newcomer", a_newcomer),
    ("somebody_left", somebody_left),
    ("disabled", disabled),
    ("missing_mail", missing_mail),
    ("unknown_status", unknown_status),
    ("unicode_names", unicode_names),
    ("shown_twice", shown_twice),
    ("page_three_fails", page_three_fails),
    ("page_repeated", page_repeated),
    ("nobody_at_all", nobody_at_all),
    ("narrowed_rights", narrowed_rights),
    ("another_tenant", another_tenant),
    ("another_reader", another_reader),
    ("ten_times_as_many", ten_times_as_many),
    ("shown_and_lost", shown_and_lost),
    ("missed", missed),
    ("groups_that_are_asked_for", groups::groups_that_are_asked_for),
    ("a_group_is_renamed", groups::a_group_is_renamed),
    ("groups_that_go", groups::groups_that_go),
];

/// Yesterday's people without the last one, and with somebody new: what a cycle would act on if it believed it.
fn today() -> Vec<Row> {
    let mut people = crowd(PEOPLE - 1);
    people.push(row("new", "New", "Comer", "new"));
    people
}

/// A team that is in step stays so, and the last page counts, be there one person on it or as many as it can hold.
fn several_pages(stage: &mut Stage) -> Told {
    for _ in 0..2 {
        stage.cycle(0)?;
        stage.sent(&[])?;
    }
    stage.show(&crowd(PEOPLE + 1))?;
    stage.cycle(0)?;
    stage.sent(&["create p21@acme.example"])?;
    stage.show(&crowd(PEOPLE + PAGE))?;
    stage.cycle(0)?;
    let full = [22, 23, 24, 25].map(|i| format!("create p{i}@acme.example"));
    stage.sent(&full.each_ref().map(String::as_str))?;
    stage.cycle(0)?;
    stage.sent(&[])?;
    stage.works(PEOPLE + PAGE)
}

fn a_newcomer(stage: &mut Stage) -> Told {
    let mut people = crowd(PEOPLE);
    people.push(row("new", "New", "Comer", "new"));
    people[4] = people[4].clone().named("Grace", "Hopper");
    stage.show(&people)?;
    stage.cycle(0)?;
    stage.sent(&["create new@acme.example", "rename p5@acme.example"])?;
    stage.is_called("p5@acme.example", "Grace", "Hopper")?;
    stage.cycle(0)?;
    stage.sent(&[])
}

/// Absence counts in the end: at once where the directory says by id that they are gone, else after two cycles.
fn somebody_left(stage: &mut Stage) -> Told {
    stage.show(&crowd(PEOPLE - 1))?;
    let cycles = if stage.can_look_up() { 1 } else { 2 };
    for left in (0..cycles).rev() {
        stage.cycle(0)?;
        stage.sent(if left == 0 { &["deactivate p20@acme.example"] } else { &[] })?;
    }
    stage.cycle(0)?;
    stage.sent(&[])
}

fn disabled(stage: &mut Stage) -> Told {
    let mut people = crowd(PEOPLE);
    people[6] = people[6].clone().inactive();
    stage.show(&people)?;
    stage.cycle(0)?;
    stage.sent(&["deactivate p7@acme.example"])?;
    stage.works(PEOPLE - 1)
}

/// Whoever lost the e-mail keeps the account, and whoever never had one gets none; both are named.
fn missing_mail(stage: &mut Stage) -> Told {
    let mut people = crowd(PEOPLE);
    people[2] = people[2].clone().at("");
    people.push(row("new", "New", "Comer", "new").at(""));
    stage.show(&people)?;
    for _ in 0..2 {
        stage.cycle(3)?;
        stage.sent(&[])?;
    }
    stage.works(PEOPLE)
}

/// A status that nobody explained, or none, is neither active nor inactive.
fn unknown_status(stage: &mut Stage) -> Told {
    let mut people = crowd(PEOPLE);
    people[2].status = "on leave".into();
    people[3].status = String::new();
    stage.show(&people)?;
    for _ in 0..2 {
        let said = stage.cycle(3)?;
        says(&said, &["does not say whether they are active"])?;
        stage.sent(&[])?;
    }
    stage.works(PEOPLE)
}

fn unicode_names(stage: &mut Stage) -> Told {
    let names = [("Zoë", "Ångström-Łuczak"), ("山田", "太郎"), ("Σοφία", "O'Brien, Jr."), ("Jose\u{301}", "Nuñez")];
    let mut people = crowd(PEOPLE);
    for (person, (given, family)) in people.iter_mut().zip(names) {
        *person = person.clone().named(given, family);
    }
    stage.show(&people)?;
    stage.cycle(0)?;
    let renamed: Vec<String> = (1..=names.len()).map(|i| format!("rename p{i}@acme.example")).collect();
    stage.sent(&renamed.iter().map(String::as_str).collect::<Vec<_>>())?;
    for (i, (given, family)) in names.iter().enumerate() {
        stage.is_called(&format!("p{}@acme.example", i + 1), given, family)?;
    }
    stage.cycle(0)?;
    stage.sent(&[])
}

/// Somebody moved between two pages: who else moved nobody knows.
fn shown_twice(stage: &mut Stage) -> Told {
    stage.trouble(&today(), Trouble::ShownTwice)?;
    stage.worthless()?;
    all_is_well(stage)
}

fn page_three_fails(stage: &mut Stage) -> Told {
    stage.trouble(&today(), Trouble::Page3Fails)?;
    stage.worthless()?;
    all_is_well(stage)
}

fn page_repeated(stage: &mut Stage) -> Told {
    stage.trouble(&today(), Trouble::PageRepeated)?;
    stage.worthless()?;
    all_is_well(stage)
}

/// An empty directory is no company that closed.
fn nobody_at_all(stage: &mut Stage) -> Told {
    stage.show(&[])?;
    for _ in 0..2 {
        says(&stage.refusal()?, &["Empty never means everybody left", "nobody is below", "sentinel"])?;
        stage.sent(&[])?;
    }
    stage.works(PEOPLE)?;
    all_is_well(stage)
}

/// The directory shows half of its people, says success, and denies the others by id. They are too many to go.
fn narrowed_rights(stage: &mut Stage) -> Told {
    stage.trouble(&crowd(PEOPLE / 2), Trouble::Narrowed)?;
    stage.cycle(if stage.can_look_up() { 4 } else { 0 })?;
    let said = stage.cycle(4)?;
    says(&said, &["out of scope (10): all held"])?;
    stage.sent(&[])?;
    stage.works(PEOPLE)?;
    everybody_is_back(stage)
}

/// The same address, other people: nobody goes, and nobody comes.
fn another_tenant(stage: &mut Stage) -> Told {
    let strangers: Vec<Row> =
        (1..=PEOPLE).map(|i| row(&format!("s{i}"), "Some", "Stranger", &format!("s{i}"))).collect();
    stage.trouble(&strangers, Trouble::AnotherTenant)?;
    if stage.is_refused() {
        stage.worthless()?;
    } else {
        for _ in 0..2 {
            stage.cycle(4)?;
        }
        stage.sent(&[])?;
        stage.works(PEOPLE)?;
    }
    everybody_is_back(stage)
}

/// What somebody else may see says nothing about what we did not see.
fn another_reader(stage: &mut Stage) -> Told {
    stage.trouble(&today(), Trouble::AnotherReader)?;
    stage.worthless()?;
    all_is_well(stage)
}

/// A filter that went wrong overnight.
fn ten_times_as_many(stage: &mut Stage) -> Told {
    stage.show(&crowd(10 * PEOPLE))?;
    for _ in 0..2 {
        let said = stage.cycle(4)?;
        says(&said, &["Create (180): all held"])?;
    }
    stage.sent(&[])?;
    stage.works(PEOPLE)
}

/// A plan saw a reading to its end; the cycle that would act on it does not.
fn shown_and_lost(stage: &mut Stage) -> Told {
    stage.show(&today())?;
    says(&stage.plan(0)?, &["new@acme.example"])?;
    stage.trouble(&today(), Trouble::ShownAndLost)?;
    stage.worthless()?;
    all_is_well(stage)
}

/// One reading misses somebody, as when people move between two pages or a replica lags, and the next one has them again.
/// Later it happens once more: two single times are not twice in a row.
fn missed(stage: &mut Stage) -> Told {
    for _ in 0..2 {
        stage.trouble(&crowd(PEOPLE - 1), Trouble::Missed)?;
        // A look-up finds them, which is worth a word.
        stage.cycle(if stage.can_look_up() { 3 } else { 0 })?;
        stage.sent(&[])?;
        stage.show(&crowd(PEOPLE))?;
        stage.cycle(0)?;
        stage.sent(&[])?;
    }
    stage.works(PEOPLE)
}

/// The trouble is over, and it counts for nothing: the next cycles do what they would have done without it.
fn all_is_well(stage: &mut Stage) -> Told {
    stage.show(&today())?;
    let writes = ["deactivate p20@acme.example", "create new@acme.example"];
    let asked = stage.can_look_up();
    stage.cycle(0)?;
    stage.sent(if asked { &writes } else { &writes[1..] })?;
    stage.cycle(0)?;
    stage.sent(if asked { &[] } else { &writes[..1] })?;
    stage.works(PEOPLE)
}

/// The trouble is over, and nobody has to be brought back.
fn everybody_is_back(stage: &mut Stage) -> Told {
    stage.show(&crowd(PEOPLE))?;
    stage.cycle(0)?;
    stage.sent(&[])?;
    all_is_well(stage)
}
