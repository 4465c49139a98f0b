//! The groups of `[[group]]` as a real directory has them: nested, renamed, emptied and deleted.

use super::{Company, Directory, ldif};
use crate::asked_groups::read;

impl<D: Directory> Company<D> {
    /// `pm-one` holds u1, u2 and `pm-two`; that holds u3 and `pm-one`.
    pub fn has_groups_to_push(&self) {
        let directory = &self.directory;
        let dn = |n: usize| self.people[n].dn(directory);
        let [one, two] = ["pm-one", "pm-two"].map(|name| directory.dn(name, "Groups"));
        let add = |name: &str, dn: &str, members: &[&str]| {
            let mut text = format!("dn: {dn}\n{}", directory.group(name));
            members.iter().for_each(|member| ldif::line(&mut text, "member", member));
            directory.change(&text);
        };
        add("pm-two", &two, &[&dn(3)]);
        add("pm-one", &one, &[&dn(1), &dn(2), &two]);
        directory.change(&ldif::member(directory, "add", "pm-two", &one));
    }

    /// Both are read with what is in them, for each way of membership.
    pub fn pushes_groups(&mut self, ways: &[&str]) {
        let everybody = ["u1@acme.example", "u2@acme.example", "u3@acme.example"];
        for membership in ways {
            self.read(&format!("membership = \"{membership}\"\n"));
            let by_dn = self.directory.dn("pm-two", "Groups");
            let seen = read(&self.lab, &["pm-*", "PM-One", &by_dn, "pm-none", "xm-*"]);
            assert_eq!(seen.people, self.people.len());
            let (one, members) = seen.one("PM-One");
            assert_eq!((members, one.name.as_str(), one.members), (everybody.to_vec(), "pm-one", 3), "{membership}");
            assert_eq!(seen.one(&by_dn).1, everybody, "{membership}");
            assert_eq!(seen.found("pm-*").len(), 2);
            assert!(seen.found("xm-*").is_empty());
            assert!(seen.why("pm-none").contains("no group below"), "{}", seen.why("pm-none"));
        }
    }

    /// A new name is the same group; a group without anybody is one; a group that is gone is none. `none`: the lines of a
    /// modification that leaves `pm-one` without members.
    pub fn renames_empties_and_deletes_groups(&mut self, ways: &[&str], none: &str) {
        let [one, two] = ["pm-one", "pm-two"].map(|name| self.directory.dn(name, "Groups"));
        let id = read(&self.lab, &["pm-two"]).one("pm-two").0.id.clone();
        let new = self.directory.dn("pm-zwei", "Groups");
        let (rdn, _) = new.split_once(',').unwrap();
        self.directory.change(&format!("dn: {two}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 1\n"));
        for membership in ways {
            self.read(&format!("membership = \"{membership}\"\n"));
            let seen = read(&self.lab, &["pm-z*", "pm-o*"]);
            let (renamed, members) = seen.one("pm-z*");
            assert_eq!(
                (renamed.id.as_str(), renamed.name.as_str(), members.len()),
                (id.as_str(), "pm-zwei", 3),
                "{membership}"
            );
            assert_eq!(seen.one("pm-o*").1.len(), 3, "{membership}");
        }
        self.directory.change(&format!("dn: {one}\nchangetype: modify\n{none}"));
        for membership in ways {
            self.read(&format!("membership = \"{membership}\"\n"));
            let seen = read(&self.lab, &["pm-o*", "pm-z*"]);
            let (empty, members) = seen.one("pm-o*");
            assert_eq!((empty.members, members.len()), (0, 0), "{membership}");
            assert_eq!(seen.one("pm-z*").1, ["u3@acme.example"], "{membership}");
        }
        self.directory.change(&format!("dn: {one}\nchangetype: delete\n"));
        let seen = read(&self.lab, &["pm-one", "pm-*"]);
        assert!(seen.why("pm-one").contains("no group below"));
        assert_eq!(seen.one("pm-*").0.id, id);
        assert_eq!(seen.people, self.people.len());
    }
}
