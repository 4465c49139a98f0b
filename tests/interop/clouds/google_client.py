"""Google's own client for Python reads the emulator. The Rust side has set the scene.

    argv: address, key file, administrator, an address that is none, group
    One JSON line for each step, as Google's client understood the answer.
"""

import json
import sys

import google_auth_httplib2
import httplib2
from google.auth.exceptions import RefreshError
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

URL, KEY, ADMIN, NOBODY, GROUP = sys.argv[1:]
LEAST = ["user", "group", "group.member", "orgunit", "customer"]


def step(name, seen):
    print(json.dumps({"name": name, "seen": seen}))


def scopes(names):
    return [f"https://www.googleapis.com/auth/admin.directory.{name}.readonly" for name in names]


def directory(subject=ADMIN, names=tuple(LEAST)):
    credentials = service_account.Credentials.from_service_account_file(KEY, scopes=scopes(names), subject=subject)
    http = google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http())
    # The description comes with the package; nothing is asked of Google.
    return build("admin", "directory_v1", http=http, client_options={"api_endpoint": URL}, static_discovery=True)


def pages(resource, rows, **parameters):
    """Every page; where the next one is, the client says."""
    found, request = [], resource.list(**parameters)
    while request is not None and len(found) < 20:
        answer = request.execute()
        found.append([row["id"] for row in answer.get(rows, [])])
        request = resource.list_next(request, answer)
    return found


def refused(request):
    """Status and reason, as the client maps them."""
    try:
        request.execute()
    except HttpError as error:
        return [error.status_code, error.error_details[0]["reason"]]
    except RefreshError as error:
        return ["no token", error.args[1]["error"]]


api = directory()
step("users", pages(api.users(), "users", customer="my_customer", maxResults=2))
step("ordered", pages(api.users(), "users", domain="acme.example", orderBy="familyName", sortOrder="DESCENDING"))
step("suspended", pages(api.users(), "users", customer="my_customer", query="isSuspended=true"))
step("below", pages(api.users(), "users", customer="my_customer", query="orgUnitPath='/Sales'"))
step("deleted", pages(api.users(), "users", customer="my_customer", showDeleted="true"))
step("nobody", api.users().list(customer="my_customer", query="isArchived=true").execute().get("users"))
user = api.users().get(userKey="p1@acme.example", projection="full").execute()
step("a user", [user["id"], user["name"]["fullName"], user["suspended"], user["customerId"]])
step("fields", api.users().list(customer="my_customer", maxResults=1, fields="users(id,name/givenName)").execute())
step("groups", pages(api.groups(), "groups", customer="my_customer", maxResults=1))
step("groups of", pages(api.groups(), "groups", userKey="p2@acme.example"))
group = api.groups().get(groupKey=GROUP).execute()
step("a group", [group["email"], group["directMembersCount"]])
step("members", pages(api.members(), "members", groupKey=GROUP, maxResults=2))
derived = api.members().list(groupKey=GROUP, includeDerivedMembership=True, roles="MEMBER").execute()
step("derived", sorted([row["type"], row.get("status")] for row in derived["members"]))
step("has member", api.members().hasMember(groupKey=GROUP, memberKey="p3@acme.example").execute())
units = api.orgunits().list(customerId="my_customer", type="all").execute()
step("units", [unit["orgUnitPath"] for unit in units["organizationUnits"]])
step("customer", api.customers().get(customerKey="my_customer").execute()["id"])
# Made to fail once by the other side; the client itself tells a limit from a refusal.
step("again", [row["id"] for row in api.users().list(customer="my_customer", query="p1").execute(num_retries=3)["users"]])
step("no such user", refused(api.users().get(userKey="nobody@acme.example")))
step("no such group", refused(api.members().list(groupKey="nobody@acme.example")))
step("bad query", refused(api.users().list(customer="my_customer", query="isSuspended=maybe")))
step("bad token", refused(api.users().list(customer="my_customer", pageToken="wrong")))
step("too many", refused(api.users().list(customer="my_customer", maxResults=501)))
step("narrow", refused(directory(names=["user"]).groups().list(customer="my_customer")))
step("not granted", refused(directory(names=["user", "device.chromeos"]).users().list(customer="my_customer")))
step("unknown admin", refused(directory(subject=NOBODY).users().list(customer="my_customer")))
step("no admin", refused(directory(subject="p1@acme.example").users().list(customer="my_customer")))
step("nobody at all", refused(directory(subject=None).users().list(customer="my_customer")))
