#!/usr/bin/env python3
"""Prints the people of an LDAP directory as JSON lines, for a [[source]] with type = "exec".

Reads with `ldapsearch` (Debian: ldap-utils), page by page, and prints the end line only when ldapsearch ended well,
every page was answered with success, and as many entries arrived as ldapsearch counted.

  ldap-people.py --uri ldaps://ldap.acme.example --base ou=People,dc=acme,dc=example \\
      --bind-dn cn=sync,dc=acme,dc=example --password-file sync.password \\
      --inactive-when pwdAccountLockedTime=000001010000Z

Each line: id (entryUUID), active, groups (memberOf, as DNs), and each attribute of --attribute that the person has:
a text, or a list of texts if it has several values.
"""
import argparse
import base64
import json
import subprocess
import sys


def fail(why):
    sys.exit(f"ldap-people: {why}")


def records(stream):
    """The records of an LDIF stream (RFC 2849), each a list of lines; folded lines put together."""
    record = []
    for raw in stream:
        line = raw.rstrip(b"\r\n")
        if line.startswith(b" ") and record:
            record[-1] += line[1:]
        elif line:
            record.append(line)
        elif record:
            yield record
            record = []
    if record:
        yield record


def fields(record):
    """The attributes of a record, in lower case and without options, with their values."""
    found = {}
    for line in record:
        name, colon, value = line.partition(b":")
        if line.startswith(b"#") or not colon:
            continue
        if value.startswith(b"<"):
            fail("a value stands in a file of its own; call ldapsearch without -t")
        raw = base64.b64decode(value[1:], validate=False) if value.startswith(b":") else value.strip()
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            fail(f"a value of {name.decode('ascii', 'replace')} is not UTF-8; leave the attribute out")
        found.setdefault(name.split(b";")[0].decode("ascii").lower(), []).append(text)
    return found


def command(options, attributes):
    call = ["ldapsearch", "-x", "-o", "ldif-wrap=no", "-o", "nettimeout=30", "-H", options.uri, "-b", options.base]
    if options.uri.startswith("ldap://") and not options.plaintext:
        call.append("-ZZ")
    if options.bind_dn:
        # The password goes by its file: everybody on this machine can read a command line.
        call += ["-D", options.bind_dn, "-y", options.password_file]
    if options.page_size:
        call += ["-E", f"pr={options.page_size}/noprompt"]
    return call + [options.filter, *attributes]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uri", required=True, help="ldaps://HOST, ldapi://PATH, or ldap://HOST, which uses StartTLS")
    parser.add_argument("--plaintext", action="store_true", help="ldap:// without StartTLS")
    parser.add_argument("--base", required=True)
    parser.add_argument("--filter", default="(objectClass=inetOrgPerson)")
    parser.add_argument("--bind-dn")
    parser.add_argument("--password-file", help="the password and nothing else, no newline")
    parser.add_argument("--page-size", type=int, default=500, help="0: everything at once")
    parser.add_argument("--attribute", action="append", help="default: uid mail givenName sn")
    parser.add_argument("--inactive-when", action="append", default=[], metavar="ATTRIBUTE=VALUE",
                        help="who has this value is inactive; may be given several times")
    options = parser.parse_args()
    if bool(options.bind_dn) != bool(options.password_file):
        parser.error("--bind-dn and --password-file go together")
    if options.password_file:
        with open(options.password_file, "rb") as file:
            if file.read().endswith(b"\n"):
                fail(f"{options.password_file} ends with a newline, which ldapsearch takes for a part of the password; "
                     "write it with printf '%s'")
    return options


def person(entry, options):
    ids = entry.get("entryuuid", [])
    if len(ids) != 1:
        fail(f"{entry['dn'][0]} shows no entryUUID; give the account that reads the right to see it")
    inactive = False
    for rule in options.inactive_when:
        name, _, value = rule.partition("=")
        inactive = inactive or value.lower() in (held.lower() for held in entry.get(name.lower(), []))
    record = {"id": ids[0], "active": not inactive, "groups": sorted(entry.get("memberof", []))}
    for name in options.attribute:
        values = sorted(entry.get(name.lower(), []))
        if values:
            record[name] = values[0] if len(values) == 1 else values
    return record


def main():
    options = parse_arguments()
    options.attribute = options.attribute or ["uid", "mail", "givenName", "sn"]
    rules = [rule.partition("=")[0] for rule in options.inactive_when]
    search = subprocess.Popen(command(options, ["entryUUID", "memberOf", *options.attribute, *rules]),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    count, counted, results, cookie = 0, None, [], ""
    for record in records(search.stdout):
        for line in record:
            if line.startswith(b"# numEntries: "):
                counted = int(line.split()[2])
        entry = fields(record)
        if "dn" in entry:
            print(json.dumps(person(entry, options)))
            count += 1
        elif "result" in entry:
            results += entry["result"]
            cookie = entry.get("pagedresults", ["cookie="])[-1].partition("cookie=")[2]
        elif "ref" in entry:
            fail(f"the server refers to {entry['ref'][0]}, whose people would be missing; read that one")
    status = search.wait()
    last = results[-1] if results else "no result"
    if status != 0:
        fail(f"ldapsearch ended with {status} ({last})")
    if not results or any(result.split()[0] != "0" for result in results) or cookie:
        fail(f"the search did not end with success ({last})")
    # ldapsearch does not count when there was nobody.
    if count != (counted or 0):
        fail(f"ldapsearch counted {counted} entries, and {count} arrived")
    print(json.dumps({"end": True, "count": count}), flush=True)


main()
