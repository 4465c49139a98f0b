"""Runs scim2-tester against a SCIM service and prints one JSON line for each check.

    BASE_URL and KEY come from the environment; the arguments are the resource types that are described to the tester.

Without arguments it is what `scim2 test` does: everything is read from the service's own discovery documents. With
`User` or `Group` the tester is told beforehand which attributes Postman documents, since Postman serves no /Schemas to
read them from.
"""

import json
import os
import sys
import uuid
from typing import Annotated

from httpx2 import Client
from pydantic import Field
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import (
    URN,
    ComplexAttribute,
    Mutability,
    Required,
    Resource,
    ScimProvider,
    ServiceProviderConfig,
    Uniqueness,
)
from scim2_tester import check_server


class Addresses(list):
    """What the tester draws a userName from: each draw is an address nobody had before."""

    def __init__(self):
        super().__init__([None])

    def __getitem__(self, _at):
        return f"{uuid.uuid4()}@acme.example"


class Name(ComplexAttribute):
    given_name: Annotated[str | None, Required.true] = None
    family_name: Annotated[str | None, Required.true] = None


class User(Resource):
    """The attributes of a user that Postman documents, and no other."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = Field(default=None, examples=Addresses())
    name: Annotated[Name | None, Required.true] = None
    active: bool | None = None


class Members(ComplexAttribute):
    value: Annotated[str | None, Mutability.immutable] = None
    display: Annotated[str | None, Mutability.read_only] = None


class Group(Resource):
    """The attributes of a group that Postman documents. Members are SCIM ids, which a random text is not."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    members: Annotated[list[Members] | None, Mutability.read_only] = None


def main(described):
    headers = {"Authorization": f"Bearer {os.environ['KEY']}"}
    http = Client(base_url=os.environ["BASE_URL"], headers=headers, trust_env=False)
    client = SyncSCIMClient(http)
    if described:
        config = ServiceProviderConfig.model_validate(http.get("/ServiceProviderConfig").json())
        models = {"User": User, "Group": Group}
        client.provider = ScimProvider([models[name] for name in described], config=config)
    for result in check_server(client):
        name = " ".join(filter(None, [result.resource_type, result.title]))
        print(json.dumps({"name": name, "status": result.status.name, "message": result.reason or ""}))


if __name__ == "__main__":
    main(sys.argv[1:])
