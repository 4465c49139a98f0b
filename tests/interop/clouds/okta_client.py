"""Okta's own SDK for Python reads the emulator. The Rust side has set the scene.

    argv: address of the org, SSWS token, id of the app, id of the group, id of the client, key id, file of its private key
    One JSON line for each step, as Okta's SDK understood the answer.
"""

import asyncio
import json
import os
import sys

os.environ["OKTA_TESTING_TESTINGDISABLEHTTPSCHECK"] = "true"

from okta.client import Client  # noqa: E402
from okta.pagination import PaginationHelper  # noqa: E402

URL, TOKEN, APP, GROUP, CLIENT, KID, KEY = sys.argv[1:]
QUICK = {"rateLimit": {"maxRetries": 0}, "cache": {"enabled": False}, "orgUrl": URL}


def step(name, seen):
    print(json.dumps({"name": name, "seen": seen}))


async def pages(call, *arguments, **parameters):
    """Every page; the SDK's own reading of the Link headers says where the next one is."""
    found, after = [], None
    while True:
        rows, response, error = await call(*arguments, after=after, **parameters)
        if error:
            raise error
        found.append([row.id for row in rows])
        after = PaginationHelper.extract_next_cursor(response.headers)
        if after is None or len(found) == 20:
            return found


async def refused(call, *arguments, **parameters):
    """Status and code of an error, as the SDK maps it."""
    _, response, error = await call(*arguments, **parameters)
    return [error.status, error.error_code]


async def admin():
    async with Client(QUICK | {"token": TOKEN}) as client:
        step("users", await pages(client.list_users, limit=2))
        step("search", await pages(client.list_users, search='status eq "DEPROVISIONED"', limit=2))
        step("group users", await pages(client.list_group_users, GROUP, limit=2))
        step("app users", await pages(client.list_application_users, APP, limit=2, expand="user"))
        step("app groups", await pages(client.list_application_group_assignments, APP, limit=20))
        rows, _, _ = await client.list_application_users(APP, limit=50, expand="user")
        row = rows[-1]
        step("a row", [row.scope, row.status.value, row.credentials.user_name, row.embedded["user"]["profile"]["login"]])
        user, _, _ = await client.get_user("p1@acme.example")
        step("a user", [user.id, user.status, user.profile.first_name, user.profile.email])
        groups, _, _ = await client.list_groups(search='profile.name eq "engineering"')
        step("a group", [groups[0].id, groups[0].type, groups[0].last_membership_updated.isoformat()])
        org, _, _ = await client.get_org_settings()
        known, _, _ = await client.get_wellknown_org_metadata()
        step("org", [org.id, known.id])
        step("nobody", await refused(client.get_user, "nobody"))
        step("a bad filter", await refused(client.list_users, filter="department ne"))
        step("a bad search", await refused(client.list_users, search='status ne "ACTIVE"'))
    async with Client(QUICK | {"token": "wrong"}) as client:
        step("a bad token", await refused(client.list_users))


async def service_app(name, client, more):
    with open(KEY) as file:
        key = file.read()
    options = {"authorizationMode": "PrivateKey", "clientId": client, "privateKey": key, "kid": KID}
    options["scopes"] = ["okta.users.read"]
    async with Client(QUICK | options | more) as client:
        step(name, await pages(client.list_users, limit=2))


asyncio.run(admin())
asyncio.run(service_app("private key", CLIENT, {}))
asyncio.run(service_app("private key and proof", CLIENT + "-dpop", {"dpopEnabled": True}))
