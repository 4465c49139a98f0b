"""What Okta's SCIM 2.0 client sends (Okta, "Build your SCIM API service"), with nothing but the standard library.

    BASE_URL and KEY come from the environment. One JSON line for each step.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request

BASE_URL, KEY = os.environ["BASE_URL"], os.environ["KEY"]
CORE = "urn:ietf:params:scim:schemas:core:2.0:"
PATCH = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(method, path, body=None, header=f"Bearer {KEY}"):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE_URL + path, data, method=method)
    request.add_header("Authorization", header)
    request.add_header("Accept", "application/scim+json")
    request.add_header("Content-Type", "application/scim+json; charset=utf-8")
    try:
        with OPENER.open(request, timeout=30) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    return status, json.loads(text) if text else None


def step(name, good, seen):
    print(json.dumps({"name": name, "status": "SUCCESS" if good else "ERROR", "message": "" if good else str(seen)}))


def look_up(user_name):
    query = urllib.parse.urlencode({"filter": f'userName eq "{user_name}"', "startIndex": 1, "count": 100})
    return call("GET", f"/Users?{query}")


def okta_user(user_name, given, family, active=True):
    """Okta sends more than Postman takes, and always."""
    return {
        "schemas": [CORE + "User"],
        "userName": user_name,
        "name": {"givenName": given, "familyName": family},
        "emails": [{"primary": True, "value": user_name, "type": "work"}],
        "displayName": f"{given} {family}",
        "locale": "en-US",
        "externalId": "00u1abcdEFGH",
        "groups": [],
        "password": "1mz050nq",
        "active": active,
    }


def active(user_id, value):
    operations = [{"op": "replace", "value": {"active": value}}]
    return call("PATCH", f"/Users/{user_id}", {"schemas": PATCH, "Operations": operations})


def users():
    user_name = "ada+okta@acme.example"
    seen = call("GET", "/Users?startIndex=1&count=1")
    step("test the credentials", seen[0] == 200 and isinstance(seen[1]["totalResults"], int), seen)
    seen = call("GET", "/Users?startIndex=1&count=1", header=KEY)
    step("test the credentials, header authentication", seen[0] == 200, seen)
    seen = call("GET", "/Users?startIndex=1&count=1", header="Bearer PMAK-another-false-one")
    step("wrong credentials are refused", seen[0] == 401 and seen[1]["status"] == "401", seen)
    seen = look_up(user_name)
    step("look up before creating: nobody", seen[0] == 200 and seen[1]["Resources"] == [], seen)
    seen = call("POST", "/Users", okta_user(user_name, "Ada", "Byron"))
    step("create", seen[0] == 201 and seen[1]["userName"] == user_name and seen[1]["active"] is True, seen)
    user_id = seen[1]["id"]
    seen = look_up(user_name)
    step("look up: found", [user["id"] for user in seen[1]["Resources"]] == [user_id], seen)
    seen = call("POST", "/Users", okta_user(user_name, "Ada", "Byron"))
    step("create again is a conflict", seen[0] == 409 and seen[1]["scimType"] == "uniqueness", seen)
    seen = call("GET", f"/Users/{user_id}")
    step("read by id", seen[0] == 200 and seen[1]["id"] == user_id, seen)
    seen = call("PUT", f"/Users/{user_id}", {"id": user_id} | okta_user(user_name, "Ada", "King"))
    step("full PUT of a new name", seen[0] == 200 and seen[1]["name"]["familyName"] == "King", seen)
    seen = active(user_id, False)
    step("deactivate", seen[0] == 200 and seen[1]["active"] is False, seen)
    seen = look_up(user_name)
    step("the deactivated are still listed", [user["active"] for user in seen[1]["Resources"]] == [False], seen)
    seen = active(user_id, True)
    step("reactivate under the same id", seen[0] == 200 and (seen[1]["id"], seen[1]["active"]) == (user_id, True), seen)
    pages = [call("GET", f"/Users?startIndex={start}&count=100")[1] for start in (1, 101, 201)]
    ids = [user["id"] for page in pages for user in page["Resources"]]
    whole = len(ids) == len(set(ids)) == pages[0]["totalResults"]
    step("pages are stable and whole", whole and len(pages[0]["Resources"]) == 100, (len(ids), len(set(ids))))
    return user_id


def members(group_id):
    return [member["value"] for member in call("GET", f"/Groups/{group_id}")[1]["members"]]


def groups(user_id):
    seen = call("POST", "/Groups", {"schemas": [CORE + "Group"], "displayName": "Okta", "members": [{"value": user_id}]})
    step("push a group", seen[0] == 201 and seen[1]["displayName"] == "Okta", seen)
    group = f"/Groups/{seen[1]['id']}"
    step("the member is in it", members(seen[1]["id"]) == [user_id], members(seen[1]["id"]))
    group_id = seen[1]["id"]
    query = urllib.parse.urlencode({"filter": 'displayName eq "Okta"', "startIndex": 1, "count": 100})
    seen = call("GET", f"/Groups?{query}")
    step("look up the group", [found["id"] for found in seen[1]["Resources"]] == [group_id], seen)
    removal = [{"op": "remove", "path": f'members[value eq "{user_id}"]'}]
    seen = call("PATCH", group, {"schemas": PATCH, "Operations": removal})
    step("remove a member", seen[0] == 200 and members(group_id) == [], seen)
    addition = [{"op": "add", "path": "members", "value": [{"value": user_id, "display": "ada+okta@acme.example"}]}]
    seen = call("PATCH", group, {"schemas": PATCH, "Operations": addition})
    step("add a member", seen[0] == 200 and members(group_id) == [user_id], seen)
    rename = [{"op": "replace", "value": {"id": group_id, "displayName": "Okta, renamed"}}]
    seen = call("PATCH", group, {"schemas": PATCH, "Operations": rename})
    step("rename", seen[0] == 200 and seen[1]["displayName"] == "Okta, renamed", seen)
    seen = call("DELETE", group)
    step("unlink: delete", seen == (204, None), seen)
    seen = call("GET", f"/Users/{user_id}")
    step("the member outlives the group", seen[0] == 200 and seen[1]["active"] is True, seen)


if __name__ == "__main__":
    groups(users())
