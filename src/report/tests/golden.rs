//! The text of a plan with everything in it, as a person sees it.

use super::super::plan_text;
use super::fixture::rich;
use super::{DRY, assert_text};

#[test]
fn a_plan_with_everything_in_it() {
    assert_text(&plan_text(&rich(), &DRY), RICH);
}

const RICH: &str = r#"Dry run: nothing was changed; nothing was sent but reads.
Plan 2fcce2995b: 2 to create, 1 to reactivate, 1 to readdress, 1 to rename, 3 to deactivate; 1 adopted (no request).
Attention: 1 source could not be read; 9 parts are held, see HELD; 25 cases are set aside, see SET ASIDE.

Deactivate: inactive at the directory (1) - HELD, see below
* - left@acme.example  status = "terminated"

Deactivate: no longer at the directory, or out of scope (2) - HELD, see below
  - gone1@acme.example  in no complete reading of the directory for 2 h
  - gone2@acme.example  in no complete reading of the directory for 2 h

Change the address (1) - HELD, see below
  ~ old@acme.example -> new@acme.example  the directory's address (people.csv line 4)

Reactivate (1) - HELD, see below
  ^ back@acme.example  active at the directory (people.csv line 5)

Create (2) - HELD, see below
* + grace@acme.example (Grace Hopper)  in the directory (people.csv line 6), not in the team
  + alan@acme.example (Grace Hopper)  in the directory (people.csv line 7), not in the team

Rename (1) - HELD, see below
  ~ ada@acme.example  Ada Byron -> Ada Lovelace  the directory's name (people.csv line 8)

Adopt, no request (1) - HELD, see below
  = adopted@acme.example (Ada Lovelace)  active in the team, at the directory corp:e-9

HELD: not applied until a person acts
  Source empty: not one entry. Empty never means everybody left; no approval lifts this.
    Check its path, filter and credentials:
      postman-scim-sync check
    If it is empty on purpose, take its [[source]] out of the configuration.
  Source elsewhere: 70 entries, none of them in [scope]; no approval lifts this.
    Compare scope.groups, scope.include and scope.exclude with what the directory returns:
      postman-scim-sync check
  Source strange: not understood (mapping): 10 % of the entries in scope, 99 % last time; no approval lifts this. For
  example people.csv line 2: nothing in mapping.user_name = "mail".
    Most likely an attribute has a new name. Compare [mapping] and the source's settings with what the directory
    returns:
      postman-scim-sync check
  The first plan for this team: 8 changes and 1 adoption wait for a yes.
    After reading the whole plan:
      postman-scim-sync sync --approve 2fcce2995b
  Deactivate: inactive at the directory (1): held, because postman.protected is empty; no approval lifts this.
    Under [postman], name the owner of the SCIM key and the break-glass accounts, like this:
      protected = ["postman-admin@acme.example", "breakglass-*@acme.example"]
    Then look again:
      postman-scim-sync plan
  Deactivate: no longer at the directory, or out of scope (2): all held. The limit is 1 in 24 h, and 1 of it is used. 1
  of them approved already.
    2 leavers keep access until (first make sure that the directory is right):
      postman-scim-sync sync --approve 2fcce2995b
  Rename (1): all held. The limit is 1 in one cycle. 1 of them approved already.
    To let them through:
      postman-scim-sync sync --approve 2fcce2995b
  Create (2): all held. The limit is 1 in 7 days, and 1 of it is used. 1 of them approved already.
    To let them through:
      postman-scim-sync sync --approve 2fcce2995b
  1 more change waits for a held change of the same person or group, or for an address that it frees.
    They follow by themselves, once those are let through.
  An approval covers exactly the changes of plan 2fcce2995b, each of them once, for 24 h.

SET ASIDE (25): unlike the directory until somebody acts
  A source that was not read; its members stay as they are (1)
    hr  40 members: hr.csv: no such file
      Find out why:
        postman-scim-sync check
  A source name that no [[source]] has any more; its members stay as they are (1)
    old-hr  2 members
      If the source has a new name, give it the old one back: its people are bound to that name.
  A new directory id wants the account of an earlier one; never handed over on a guess (1)
    rehired@acme.example  bound to corp:e-51, wanted by corp:e-50
      If it is the same person:
        postman-scim-sync adopt rehired@acme.example --rebind
      If it is somebody new: give them another address at the directory.
      If it is everybody: the `id` or `name` of the [[source]] was changed; put the old one back.
  Out, and an earlier source that had them does not show them any more; nobody comes back by its silence (1)
    leaver@acme.example  corp:e-59, not at source hr any more, active at corp
      To let the later source decide, which has them active:
        postman-scim-sync adopt leaver@acme.example --apart
      To have them stay out: mark them inactive at the later source.
  Out by the listing, and not by a look-up of their own; they stay (1)
    hidden@acme.example  a look-up by id did show them
      If it happens again, look at the source:
        postman-scim-sync check
  Not deactivated, because the account is somebody else's now; they may still have access (1)
    h-wrong@acme.example  since 2026-03-01T08:40:00Z (3 h 20 min ago): found h-found@acme.example
      Find their account in Postman under Manage Team, and take it out of the team there.
      Or, if the account shown is theirs:
        postman-scim-sync adopt h-wrong@acme.example
  Deactivated in Postman by hand; not reactivated on a guess (2)
    h-deactivated@acme.example  since 2026-03-01T08:40:00Z (3 h 20 min ago)
    h-deactivated2@acme.example  since 2026-03-01T08:40:00Z (3 h 20 min ago)
      To let them back in:
        postman-scim-sync adopt h-deactivated@acme.example
        (the same for each of the others)
      To keep them out: mark them inactive at the directory.
  Removed from the team by hand; not added again on a guess (1)
    h-removed@acme.example  since 2026-03-01T08:40:00Z (3 h 20 min ago)
      To let them back in:
        postman-scim-sync adopt h-removed@acme.example
      To keep them out: mark them inactive at the directory.
  Address changed in Postman by hand (1)
    h-address@acme.example  since 2026-03-01T08:40:00Z (3 h 20 min ago): now h-other@acme.example
      To keep the new address: change it at the directory.
      To have the directory's address again:
        postman-scim-sync adopt h-address@acme.example
  Our changes were undone three times: somebody else provisions them too (1)
    h-undone@acme.example  since 2026-03-01T08:40:00Z (3 h 20 min ago)
      Find the other writer (an identity provider's Postman app, a script, an admin) and stop it.
      Then:
        postman-scim-sync adopt h-undone@acme.example
  Conflict (409): an invitation made by hand, or another team's account (1)
    h-conflict@acme.example  since 2026-03-01T08:40:00Z, try 3 at 2026-03-01T12:15:00Z
      In Postman under Manage Team, remove the pending invitation; an account of another team has to leave that team
      first. It is tried again at the time shown.
      To try again at once:
        postman-scim-sync adopt h-conflict@acme.example
  Invited, and never seen in the team (1)
    h-invited@acme.example  since 2026-03-01T08:40:00Z, try 3 at 2026-03-01T12:15:00Z
      Ask them to accept the e-mail from Postman. If it is lost, remove the pending invitation in Postman under Manage
      Team.
      To try again at once:
        postman-scim-sync adopt h-invited@acme.example
  Refused by Postman, for this person (1)
    h-refused@acme.example  since 2026-03-01T08:40:00Z, try 3 at 2026-03-01T12:15:00Z: 400: familyName is not valid
      Correct what the answer names. It is tried again at the time shown.
      To try again at once:
        postman-scim-sync adopt h-refused@acme.example
  Several entries of the directory claim one address; none of them changes (1)
    twice@acme.example  corp:e-43, corp:e-44
      Correct the address of all but one at the directory.
  The wanted address belongs to another managed person (1)
    taken@acme.example  wanted by corp:e-45, held by corp:e-46
      Correct the address of one of the two at the directory.
  The wanted address belongs to a member nobody manages (1)
    occupied@acme.example  wanted by corp:e-47
      Most likely one person has two accounts. In Postman under Manage Team, remove the one that nobody manages or give
      it another address; the next listing of the team sees it.
  People who exchange addresses; no order of requests can do that (1)
    corp:e-48 <-> corp:e-49
      At the directory, give one of them an address in between, let a cycle pass, then give the final one.
  An address in a domain that is not verified: new.example (1)
    mover@acme.example -> mover@new.example  corp:e-52
      Verify new.example in Postman, then add "new.example" to postman.verified_domains.
  No account could be made: given_name is empty (mapping.given_name = "givenName") (1)
    corp:e-20  people.csv line 20
      Fill it in at the directory, or map an attribute that everybody has to mapping.given_name.
  No account could be made: the address is no e-mail address (1)
    corp:e-21  people.csv line 21  "n/a"
      Correct it at the directory, or set mapping.user_name, for example "{{ uid }}@acme.example".
  No account could be made: given_name has several values (1)
    corp:e-22  people.csv line 22  3 values
      Leave one at the directory, or choose one by an expression in mapping.given_name.
  No account could be made: the expression of mapping.given_name failed (1)
    corp:e-23  people.csv line 23  undefined value
      Correct mapping.given_name, so that it works for these entries too.
  No account could be made: given_name is too long, or has control characters (1)
    corp:e-24  people.csv line 24
      Correct it at the directory; at most 256 bytes.
  The answer to an earlier request is unknown (1)
    doubt@acme.example  asked to create
      Each cycle reads back what became of it; nothing is sent about them until that is known.

Good to know (9)
  Missing; will be deactivated unless seen again (1)
    due@acme.example  due 2026-03-01T13:00:00Z (in 1 h): in no complete reading of the directory
      To keep somebody: put them back at the directory, or name them in postman.protected, before that.
  Adopted, and inactive at the directory: deactivated in a later cycle (1)
    inactive@acme.example  corp:e-41
      To keep somebody: correct the directory, or name them in postman.protected, before that.
  Changed in Postman by somebody else; the directory wins (1)
    drift@acme.example  name changed by hand
      If the change was meant, make it at the directory.
  Invited, and not in the team before they accept (1)
    invited@acme.example  corp:e-54
      Ask them to accept the e-mail from Postman. Nothing is sent twice.
  Not done, because provisioning.create_users is false (1)
    + switched@acme.example (Grace Hopper)  in the directory (people.csv line 57), not in the team
      To have it done: under [provisioning], create_users = true
  In the team and at the directory, not managed (provisioning.matches = "report") (1)
    match@acme.example (Ada Lovelace)  at the directory corp:e-40
      To manage one of them:
        postman-scim-sync adopt match@acme.example
      To manage all of them:
        postman-scim-sync adopt --all
  The directory does not say whether they are active; nothing changes for them (1)
    corp:e-42  status = "on leave" is not in the lists
      Fill it in at the directory, or name its value in active_values or inactive_values of the source.
  In the team, and not at the directory; never removed on a guess (1)
    stranger@acme.example (Ada Lovelace)
      To have one deactivated as a leaver, which admins must not be:
        postman-scim-sync adopt stranger@acme.example
  Protected (postman.protected); nothing touches them (1)
    admin@acme.example

Facts
  Source corp, file corp.csv (csv): 500 entries, 480 in scope, 0 inactive, 478 mapped, 479 with a known state; read to
  the end, manifest: 500 rows, sha256 matches.
  Source corp is dc=acme,dc=example as cn=sync
  Source hr, file hr.csv (csv): FAILED: see SET ASIDE.
  Source hr is dc=acme,dc=example as cn=sync
  Team: 480 managed and active; listed for this plan.
  Deactivations left without approval: 5 in one cycle, 10 in 24 h, any number in 7 days.
  Seats: 3 needed; 3 deactivations come first and free 3; 1 free now: enough (the 3 deactivations held free no seat
  until then).
  Requests: 11 if all of it is applied, about 1 min at the configured rate.
  Since plan 0123456789: 2 new (marked *), 1 no longer in it, 7 the same.

Dry run: nothing was changed; nothing was sent but reads.
Next, find out why a source could not be used:
  postman-scim-sync check
"#;
