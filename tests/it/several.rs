//! Several directories through the built program: a file, a program and an LDAP server that know some people in common.

use crate::directories::entra::{CLIENT, Entra, SECRET, TENANT, user};
use crate::directories::ldap::{Dialect, LdapServer, PASSWORD, World};
use crate::support::{Lab, Lines, Row, crowd, row, team};

/// hr (a file), crm (a program) and corp (an LDAP server), in this order.
struct Company {
    lab: Lab,
    corp: LdapServer,
}

impl Company {
    fn new(hr: &[Row], crm: &[Row], corp: &[Row]) -> Self {
        let corp_server = LdapServer::start(World::new(Dialect::Ds389));
        let mut lab = Lab::new(team());
        lab.write("ldap.password", PASSWORD);
        lab.set("mapping", "given_name = \"{{ given|default(givenName) }}\"");
        lab.set("mapping", "family_name = \"{{ family|default(sn) }}\"");
        for line in ["first_sync = \"apply\"", "settle_wait = \"0s\"", "absence_wait = \"0s\""] {
            lab.set("safety", line);
        }
        lab.wide_open();
        lab.source(&format!(
            "type = \"file\"\npath = \"people.csv\"\nid = \"id\"\nactive = \"status\"\n\
             [[source]]\nname = \"crm\"\ntype = \"exec\"\ncommand = [\"/bin/sh\", \"crm.sh\"]\nid = \"id\"\nactive = \"status\"\n\
             [[source]]\nname = \"corp\"\n{}",
            corp_server.source()
        ));
        let company = Self { lab, corp: corp_server };
        company.show(hr, crm, corp);
        company
    }

    /// The same after its first cycle.
    fn in_step(hr: &[Row], crm: &[Row], corp: &[Row]) -> Self {
        let company = Self::new(hr, crm, corp);
        company.lab.sync().exits(0);
        company.lab.sandbox.clear_log();
        company
    }

    fn show(&self, hr: &[Row], crm: &[Row], corp: &[Row]) {
        self.lab.export(hr);
        self.crm(crm);
        self.corp.change(|world| world.set_people(corp));
    }

    fn crm(&self, people: &[Row]) {
        let line = |row: &Row| {
            let Row { id, given, family, mail, status } = row;
            format!(
                "{{\"id\":\"c{id}\",\"given\":\"{given}\",\"family\":\"{family}\",\"mail\":\"{mail}\",\"status\":\"{status}\"}}\n"
            )
        };
        let lines: String = people.iter().map(line).collect();
        self.lab.write("crm.sh", &format!("cat <<'END'\n{lines}{{\"end\":true,\"count\":{}}}\nEND\n", people.len()));
    }

    fn is_quiet(&self) {
        self.lab.sync().exits(0);
        assert_eq!(self.lab.sent(), [""; 0]);
    }
}

/// Those of a crowd of ten with these numbers.
fn some(numbers: &[usize]) -> Vec<Row> {
    numbers.iter().map(|n| crowd(10)[n - 1].clone()).collect()
}

#[test]
fn whoever_leaves_one_source_stays_and_whoever_leaves_all_is_deactivated() {
    let company = Company::in_step(&some(&[1, 2, 3]), &some(&[2, 3, 4]), &some(&[3, 4, 5]));
    assert_eq!(company.lab.active().len(), 5, "one account a human");
    company.is_quiet();
    // 2 leaves hr, and 3 hr and crm: both are somewhere yet.
    company.show(&some(&[1]), &some(&[2, 4]), &some(&[3, 4, 5]));
    company.is_quiet();
    company.is_quiet();
    assert_eq!(company.lab.active().len(), 5);
    // 3 leaves the last one.
    company.show(&some(&[1]), &some(&[2, 4]), &some(&[4, 5]));
    assert_eq!(company.lab.sync().exits(0).notes(), ["due"]);
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["deactivate p3@acme.example"]);
    company.is_quiet();
}

#[test]
fn the_first_source_that_has_somebody_decides_names_and_whether_they_are_active() {
    let company = Company::in_step(&some(&[1, 2]), &some(&[1, 2, 3]), &some(&[3, 4]));
    let (mut hr, mut crm) = (some(&[1, 2]), some(&[1, 2, 3]));
    // Other names, an other address and another state in a later source: nothing of it counts.
    crm[0] = crm[0].clone().named("Ada", "King").at("ada@acme.example");
    crm[1] = crm[1].clone().inactive();
    company.show(&hr, &crm, &some(&[3, 4]));
    company.is_quiet();
    hr[0] = hr[0].clone().named("Ada", "Byron");
    hr[1] = hr[1].clone().inactive();
    crm[1] = crm[1].clone();
    crm[1].status = "active".into();
    company.show(&hr, &crm, &some(&[3, 4]));
    let said = company.lab.run(&["plan"]).exits(0).out.flat();
    assert!(said.contains("- p2@acme.example hr: status = \"inactive\""), "{said}");
    assert!(said.contains("-> Ada Byron the directory's name (hr: people.csv line 2)"), "{said}");
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["deactivate p2@acme.example", "rename p1@acme.example"]);
    company.is_quiet();
    // The leaver's record is deleted, and crm still has them: no access on a guess, and somebody is told.
    company.show(&hr[..1], &crm, &some(&[3, 4]));
    assert_eq!(company.lab.sync().exits(3).notes(), ["new_directory_id", "other_address"]);
    assert_eq!(company.lab.sent(), [""; 0]);
    company.lab.run(&["adopt", "p2@acme.example", "--rebind"]).exits(0);
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["reactivate p2@acme.example"]);
    company.is_quiet();
}

/// Bound to crm, which had them first; hr put them out, and deletes the record.
#[test]
fn whom_an_earlier_source_put_out_stays_out_when_its_record_goes() {
    let company = Company::in_step(&some(&[1]), &some(&[1, 2]), &some(&[3]));
    company.lab.export(&some(&[1, 2]));
    company.is_quiet();
    company.lab.export(&[some(&[1])[0].clone(), some(&[2])[0].clone().inactive()]);
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["deactivate p2@acme.example"]);
    company.lab.export(&some(&[1]));
    for _ in 0..3 {
        assert_eq!(company.lab.sync().exits(3).notes(), ["silent_source"]);
        assert_eq!(company.lab.sent(), [""; 0]);
    }
    let said = company.lab.run(&["plan"]).exits(0).out.flat();
    assert!(said.contains("p2@acme.example crm:c2, not at source hr any more, active at crm"), "{said}");
    assert!(said.contains("adopt p2@acme.example --apart"), "{said}");
    company.lab.run(&["adopt", "p2@acme.example", "--apart"]).exits(0);
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["reactivate p2@acme.example"]);
    company.is_quiet();
}

#[test]
fn somebody_renamed_in_one_source_first_stays_one_person() {
    let company = Company::in_step(&some(&[1, 2]), &some(&[1, 2]), &some(&[1, 2]));
    let moved = |at: usize| {
        let mut people = some(&[1, 2]);
        people[at] = people[at].clone().at("new@acme.example");
        people
    };
    company.show(&some(&[1, 2]), &moved(0), &some(&[1, 2]));
    company.is_quiet();
    company.show(&moved(0), &moved(0), &some(&[1, 2]));
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["readdress p1@acme.example"]);
    company.is_quiet();
    // Only the laggard has her now, under her old address: her account is hers all the same.
    company.show(&some(&[2]), &some(&[2]), &some(&[1, 2]));
    company.is_quiet();
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["readdress new@acme.example"]);
    assert_eq!(company.lab.active(), ["p1@acme.example", "p2@acme.example"]);
}

#[test]
fn a_source_that_is_down_changes_nothing_for_those_whom_it_could_decide_about() {
    let company = Company::in_step(&some(&[1, 2, 3]), &some(&[3, 4]), &some(&[5, 6]));
    let (mut hr, mut corp) = (some(&[1, 3]), some(&[5, 6]));
    hr[1] = hr[1].clone().inactive();
    hr.push(row("9", "New", "Comer", "newcomer"));
    corp[0] = corp[0].clone().inactive();
    corp.push(row("8", "Later", "Comer", "later"));
    company.show(&hr, &[], &corp);
    company.lab.write("crm.sh", "exit 1");
    // hr stands before it: 3 is out and the newcomer in. 2 is absent and crm could have them; corp stands behind it.
    let said = company.lab.run(&["sync"]).exits(1).out.flat();
    assert_eq!(company.lab.sent(), ["deactivate p3@acme.example", "create newcomer@acme.example"]);
    assert!(said.contains("1 source could not be read"), "{said}");
    for _ in 0..2 {
        let said = company.lab.run(&["sync"]).exits(1).out.flat();
        assert!(
            said.contains("reading of source crm failed, so nobody is added, changed or removed but by the word of hr"),
            "{said}"
        );
        assert_eq!(company.lab.sent(), [""; 0]);
    }
    // It is back, and everything follows.
    company.crm(&some(&[4]));
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["deactivate p5@acme.example", "create later@acme.example"]);
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["deactivate p2@acme.example"]);
    // The first one down: nobody decides about anybody.
    std::fs::remove_file(company.lab.path("people.csv")).unwrap();
    company.crm(&[some(&[4])[0].clone().inactive()]);
    let said = company.lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("reading of source hr failed, so nobody is added, changed or removed;"), "{said}");
    assert_eq!(company.lab.sent(), [""; 0]);
}

/// Her record is deleted, and another directory has her under another address: the join says who that is.
#[test]
fn a_leaver_whom_another_source_has_under_another_address_gets_no_second_account() {
    let renamed = |n: usize| some(&[n])[0].clone().at("married@acme.example");
    let company = Company::in_step(&some(&[1, 2]), &some(&[1, 2]), &some(&[3]));
    company.show(&[some(&[1])[0].clone(), some(&[2])[0].clone().inactive()], &[renamed(2)], &some(&[3]));
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["deactivate p2@acme.example"]);
    company.show(&some(&[1]), &[renamed(2)], &some(&[3]));
    for _ in 0..2 {
        assert_eq!(company.lab.sync().exits(3).notes(), ["new_directory_id"]);
        assert_eq!(company.lab.sent(), [""; 0]);
    }
    let said = company.lab.run(&["plan"]).exits(0).out.flat();
    assert!(said.contains("p2@acme.example bound to hr:2, wanted by crm:c2"), "{said}");
    assert!(said.contains("adopt p2@acme.example --rebind"), "{said}");
    company.lab.run(&["adopt", "p2@acme.example", "--rebind"]).exits(0);
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["readdress p2@acme.example", "reactivate married@acme.example"]);
    company.is_quiet();
}

#[test]
fn people_of_a_renamed_source_are_bound_again_by_a_person_and_can_leave() {
    let company = Company::in_step(&some(&[1, 2]), &some(&[1, 2]), &some(&[3]));
    let config = std::fs::read_to_string(company.lab.path("config.toml")).unwrap();
    company.lab.write("config.toml", &config.replace("name = \"hr\"", "name = \"staff\""));
    let mut crm = some(&[1, 2]);
    crm[0] = crm[0].clone().at("married@acme.example");
    company.show(&some(&[1, 2]), &crm, &some(&[3]));
    let said = company.lab.run(&["sync"]).exits(3).out.flat();
    assert_eq!(company.lab.sent(), [""; 0]);
    assert!(said.contains("p2@acme.example bound to hr:2, wanted by staff:2"), "{said}");
    for who in ["p1@acme.example", "p2@acme.example"] {
        let said = company.lab.run(&["adopt", who, "--rebind"]);
        if who.starts_with("p2") {
            said.exits(0);
        } else {
            // Her new entry has the account's address, and the one that was joined another: which is she?
            said.exits(1);
        }
    }
    company.show(&some(&[1, 2]), &some(&[1, 2]), &some(&[3]));
    company.lab.run(&["adopt", "p1@acme.example", "--rebind"]).exits(0);
    company.is_quiet();
    company.show(&[some(&[1])[0].clone(), some(&[2])[0].clone().inactive()], &some(&[1, 2]), &some(&[3]));
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["deactivate p2@acme.example"]);
    company.is_quiet();
}

/// Bob's record has Ada's e-mail for a day.
#[test]
fn a_wrong_join_is_told_and_undone_by_name() {
    let typo = row("9", "Bob", "Noyce", "p1");
    let company = Company::in_step(&some(&[1, 2]), &[typo.clone(), some(&[4])[0].clone()], &some(&[3]));
    company.show(&some(&[1, 2]), &[typo.at("bob@acme.example"), some(&[4])[0].clone()], &some(&[3]));
    assert_eq!(company.lab.sync().exits(0).notes(), ["other_address"]);
    let said = company.lab.run(&["plan"]).exits(0).out.flat();
    assert!(said.contains("p1@acme.example hr:1, and at source crm"), "{said}");
    assert!(said.contains("adopt p1@acme.example --apart"), "{said}");
    let said = company.lab.run(&["adopt", "p1@acme.example", "--apart"]).exits(0).out.flat();
    assert!(said.contains("p1@acme.example (hr:1): 1 entry of crm."), "{said}");
    company.lab.sync().exits(0);
    assert_eq!(company.lab.sent(), ["create bob@acme.example"]);
    company.is_quiet();
}

/// A short listing of the first source would hand its people to the next, which may call them inactive.
#[test]
fn that_the_first_source_lost_somebody_is_not_believed_at_once() {
    let crm: Vec<Row> = some(&[1, 2, 3]).into_iter().map(Row::inactive).collect();
    let company = Company::in_step(&some(&[1, 2, 3]), &crm, &some(&[5]));
    company.lab.export(&some(&[1]));
    assert_eq!(company.lab.sync().exits(0).notes(), ["due", "due"]);
    assert_eq!(company.lab.sent(), [""; 0]);
    company.lab.export(&some(&[1, 2]));
    assert_eq!(company.lab.sync().exits(0).notes(), [""; 0]);
    assert_eq!(company.lab.sent(), ["deactivate p3@acme.example"], "missing in two cycles");
}

#[test]
fn each_source_is_checked_and_one_is_fetched_by_its_name() {
    let company = Company::in_step(&some(&[1]), &some(&[1, 2]), &some(&[3]));
    let said = company.lab.run(&["check"]).exits(0).out.flat();
    for source in ["ok source hr (", "ok source crm (", "ok source corp ("] {
        assert!(said.contains(source), "{source}: {said}");
    }
    let fetched = company.lab.run(&["fetch", "--source", "crm"]).exits(0).out;
    assert!(fetched.contains("\"c2\"") && fetched.contains("\"count\":2"), "{fetched}");
    let said = company.lab.run(&["fetch"]).exits(2).err;
    assert!(said.contains("--source"), "{said}");
    assert!(company.lab.run(&["fetch", "--source", "nobody"]).exits(2).err.contains("hr, crm, corp"));
}

/// The usual end: the account is disabled and taken out of its groups in one step. The other source has no groups at all.
#[test]
fn disabled_and_taken_out_of_the_groups_of_the_first_source_is_out_of_all() {
    let show = |world: &mut World, people: &[Row], staff: &[&str]| {
        world.set_people(people);
        let members: Vec<String> = staff.iter().map(|id| world.dn(id)).collect();
        world.set_group("Staff", &members);
    };
    let corp = LdapServer::start(World::new(Dialect::Ds389));
    corp.change(|world| show(world, &some(&[1, 2, 4]), &["1", "4"]));
    let mut lab = Lab::new(team());
    lab.write("ldap.password", PASSWORD);
    lab.set("mapping", "given_name = \"{{ given|default(givenName) }}\"");
    lab.set("mapping", "family_name = \"{{ family|default(sn) }}\"");
    for line in ["first_sync = \"apply\"", "settle_wait = \"0s\"", "absence_wait = \"0s\""] {
        lab.set("safety", line);
    }
    lab.wide_open();
    lab.source(&format!(
        "scope_groups = [\"Staff\"]\n{}[[source]]\nname = \"crm\"\ntype = \"file\"\npath = \"people.csv\"\nid = \"id\"\n\
         active = \"status\"",
        corp.source()
    ));
    lab.export(&some(&[1, 3]));
    lab.sync().exits(0);
    assert_eq!(lab.active(), ["p1@acme.example", "p3@acme.example", "p4@acme.example"], "2 is in none of the groups");
    lab.sandbox.clear_log();
    let left = [some(&[1])[0].clone().inactive(), some(&[2])[0].clone(), some(&[4])[0].clone()];
    corp.change(|world| show(world, &left, &["4"]));
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), [""; 0]);
}

/// `[mapping]` has names of each; Graph refuses a question for a property that it does not know.
#[test]
fn a_file_and_entra_have_names_of_their_own() {
    let entra = Entra::start_tenant(some(&[2, 3]).iter().map(user).collect());
    let mut lab = Lab::new(team());
    lab.write("entra.secret", SECRET);
    lab.set("mapping", "given_name = \"{{ given|default(givenName) }}\"");
    lab.set("mapping", "family_name = \"{{ family|default(surname) }}\"");
    for line in ["first_sync = \"apply\"", "settle_wait = \"0s\"", "absence_wait = \"0s\""] {
        lab.set("safety", line);
    }
    lab.wide_open();
    let url = entra.url();
    lab.source(&format!(
        "type = \"file\"\npath = \"people.csv\"\nid = \"id\"\nactive = \"status\"\n\
         [[source]]\nname = \"entra\"\ntype = \"entra\"\nurl = \"{url}\"\nlogin_url = \"{url}\"\ntenant = \"{TENANT}\"\n\
         client_id = \"{CLIENT}\"\nclient_secret_file = \"entra.secret\"\n"
    ));
    lab.export(&some(&[1, 2]));
    lab.sync().exits(0);
    assert_eq!(lab.active(), ["p1@acme.example", "p2@acme.example", "p3@acme.example"]);
    lab.sandbox.clear_log();
    entra.change(|tenant| tenant.person("3")["surname"] = "Married".into());
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["rename p3@acme.example"]);
}
