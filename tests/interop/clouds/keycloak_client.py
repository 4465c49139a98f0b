"""python-keycloak, which others made, reads the emulator. The Rust side has set the scene.

    argv: address, realm, client, secret, a user, a group
    One JSON line for each step, as the library understood the answer.
"""

import json
import sys

from keycloak import KeycloakAdmin, KeycloakOpenIDConnection
from keycloak.exceptions import KeycloakError

URL, REALM, CLIENT, SECRET, USER, GROUP = sys.argv[1:]


def step(name, seen):
    print(json.dumps({"name": name, "seen": seen}))


def admin(secret=SECRET, realm=REALM):
    connection = KeycloakOpenIDConnection(
        server_url=URL, realm_name=realm, client_id=CLIENT, client_secret_key=secret, max_retries=0
    )
    return KeycloakAdmin(connection=connection)


def refused(call, *arguments):
    """Status and error, as the library maps them."""
    try:
        call(*arguments)
    except KeycloakError as error:
        return [error.response_code, json.loads(error.response_body)["error"]]


def names(groups):
    return [[group["path"], names(group.get("subGroups", []))] for group in groups]


api = admin()
everybody = api.get_users()
step("users", [len(everybody), len({user["id"] for user in everybody})])
step("a page", [user["id"] for user in api.get_users({"first": 1, "max": 2, "briefRepresentation": True})])
step("count", [api.users_count(), api.users_count({"enabled": "false"})])
step("search", [user["id"] for user in api.get_users({"search": "p101", "max": 5})])
step("id of", api.get_user_id("p1@acme.example"))
user = api.get_user(USER)
step("a user", [user["id"], user["username"], user["enabled"], user["attributes"]["department"]])
step("groups of", [group["path"] for group in api.get_user_groups(USER)])
step("groups", names(api.get_groups()))
step("tree", names(api.get_groups(full_hierarchy=True)))
step("children", [group["name"] for group in api.get_group_children(GROUP, {"max": 100})])
step("members", [user["id"] for user in api.get_group_members(GROUP)])
step("by path", api.get_group_by_path("/Engineering/Backend")["name"])
step("groups in all", api.groups_count())
step("realm", api.get_realm(REALM)["id"])
step("known", sorted(name for name in api.connection.keycloak_openid.well_known() if name.endswith("_endpoint")))
step("no user", refused(api.get_user, "none"))
step("no group", refused(api.get_group, "none"))
step("no realm", refused(api.get_realm, "none"))
step("write", refused(api.delete_user, USER))
step("bad secret", refused(admin("wrong").get_users))
step("no such realm", refused(admin(realm="none").get_users))
