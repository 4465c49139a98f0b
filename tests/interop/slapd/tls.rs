//! Certificates: the server's, and the client's as its account.

use crate::directory::certificates::Authority;
use crate::directory::{Company, people};
use crate::support::Lines;

use super::server::{READER, Slapd};

/// A company that nobody has read yet: a plan shows whether the directory can be read.
fn unread() -> Company<Slapd> {
    Company::new(Slapd::start(), people(30))
}

impl Company<Slapd> {
    /// A plan made with these lines in the `[[source]]`: those who would be created, or what it says instead.
    fn plan_with(&mut self, lines: &str) -> Result<(), String> {
        self.read_lines(lines);
        let answer = self.lab.run(&["plan", "--format", "json"]);
        match answer.code {
            0 => {
                let creates = answer.json()["plan"]["changes"].as_array().unwrap().len();
                assert_eq!(creates, self.expected().len());
                Ok(())
            }
            1 => Err(format!("{} {}", answer.out, answer.err).flat()),
            _ => panic!("{}\n{}", answer.out, answer.err),
        }
    }
}

#[test]
fn a_server_is_believed_by_its_certificate_only() {
    let mut company = unread();
    let (plain, tls) = (company.directory.plain, company.directory.tls);
    let account = company.directory.source_as(READER);
    let own = company.directory.ca();
    let folder = company.directory.folder.path();
    let stranger = Authority::new(folder, "stranger");
    let strange = format!("ca_file = \"{}\"\n", stranger.ca.display());
    for url in [format!("ldap://{plain}"), format!("ldaps://{tls}")] {
        let with = |url: &str, ca: &str| format!("{account}urls = [\"{url}\"]\n{ca}");
        company.plan_with(&with(&url, &own)).unwrap();
        // Its authority is unknown, whether another one is named or none.
        for ca in ["", &strange] {
            let said = company.plan_with(&with(&url, ca)).unwrap_err();
            assert!(said.contains("certificate") && said.contains("ca_file"), "{said}");
        }
        // The certificate is for 127.0.0.1.
        let named = url.replace("127.0.0.1", "localhost");
        let said = company.plan_with(&with(&named, &own)).unwrap_err();
        assert!(said.contains("certificate") && said.contains("localhost"), "{said}");
    }
    // What speaks LDAP does not speak TLS at once, and the other way round.
    for url in [format!("ldaps://{plain}"), format!("ldap://{tls}")] {
        company.plan_with(&format!("{account}urls = [\"{url}\"]\n{own}timeout = \"20s\"\n")).unwrap_err();
    }
}

#[test]
fn a_client_certificate_is_an_account() {
    let mut company = unread();
    let urls = format!("urls = [\"ldaps://{}\"]\n{}", company.directory.tls, company.directory.ca());
    let folder = company.directory.folder.path().to_owned();
    let lines = |authority: &Authority, name: &str| {
        let client = authority.client(&folder, name);
        format!(
            "type = \"ldap\"\ndirectory = \"openldap\"\nbind = \"external\"\nclient_certificate_file = \"{}\"\n\
             client_key_file = \"{}\"\n{urls}",
            client.certificate.display(),
            client.key.display()
        )
    };
    let own = lines(&company.directory.authority, "sync");
    company.plan_with(&own).unwrap();
    let answer = company.lab.run(&["check"]);
    assert!(answer.out.flat().contains(READER), "the identity is named: {}", answer.out);
    // StartTLS is as good.
    let [plain, tls] = [company.directory.plain, company.directory.tls];
    company.plan_with(&own.replace(&format!("ldaps://{tls}"), &format!("ldap://{plain}"))).unwrap();
    // One that its authority does not know.
    let said = company.plan_with(&lines(&Authority::new(&folder, "stranger"), "sync")).unwrap_err();
    assert!(said.contains("certificate"), "{said}");
}
