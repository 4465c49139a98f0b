"""Microsoft's MSAL signs in to the emulator, and msgraph-core reads it. The Rust side has set the scene.

    argv: address, tenant, client, secret, files of the private key, its certificate and a foreign token, app, group
    One JSON line for each step.
"""

import asyncio
import hashlib
import json
import ssl
import sys

import httpx
import msal
import requests
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.serialization import Parsable, ParseNodeFactoryRegistry
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from msgraph_core import GraphClientFactory
from msgraph_core.base_graph_request_adapter import BaseGraphRequestAdapter
from msgraph_core.tasks.page_iterator import PageIterator

URL, TENANT, CLIENT, SECRET, KEY, CERTIFICATE, FOREIGN, APP, GROUP = sys.argv[1:]
SCOPE = ["https://graph.microsoft.com/.default"]


def step(name, seen):
    print(json.dumps({"name": name, "seen": seen}))


def read(path):
    with open(path) as file:
        return file.read()


class Http(requests.adapters.HTTPAdapter):
    """Takes what is meant for https over to http."""

    def send(self, request, **options):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, **options)


def sign_in(credential, tenant=TENANT):
    session = requests.Session()
    session.trust_env = False
    session.mount(URL.replace("http", "https"), Http())
    authority = f"{URL.replace('http', 'https')}/{tenant}"
    app = msal.ConfidentialClientApplication(
        CLIENT, client_credential=credential, authority=authority, instance_discovery=False, http_client=session
    )
    return app.acquire_token_for_client(SCOPE)


def sign_ins():
    pem, key = read(CERTIFICATE), read(KEY)
    thumbprint = hashlib.sha1(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    for name, credential in [
        ("secret", SECRET),
        ("certificate, SHA-256", {"private_key": key, "public_certificate": pem}),
        ("certificate, SHA-1", {"private_key": key, "thumbprint": thumbprint}),
        ("federated token", {"client_assertion": read(FOREIGN)}),
    ]:
        given = sign_in(credential)
        step(name, [given.get("token_type"), given.get("expires_in")] if "access_token" in given else given)
    refused = sign_in("wrong")
    step("wrong secret", [refused["error"], refused["error_codes"]])
    step("wrong tenant", sign_in(SECRET, "nobody.example").get("error"))
    return sign_in(SECRET)["access_token"]


class Token(AccessTokenProvider):
    def __init__(self, token):
        self.token = token

    async def get_authorization_token(self, uri, additional_authentication_context={}):
        return self.token

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


class Row(Parsable):
    """As much of a row as the emulator has to have right for every list."""

    id = principal_id = None

    @staticmethod
    def create_from_discriminator_value(node):
        return Row()

    def get_field_deserializers(self):
        return {
            "id": lambda node: setattr(self, "id", node.get_str_value()),
            "principalId": lambda node: setattr(self, "principal_id", node.get_str_value()),
        }

    def serialize(self, writer):
        raise NotImplementedError


class Rows(Parsable):
    odata_next_link = value = None

    @staticmethod
    def create_from_discriminator_value(node):
        return Rows()

    def get_field_deserializers(self):
        return {
            "@odata.nextLink": lambda node: setattr(self, "odata_next_link", node.get_str_value()),
            "value": lambda node: setattr(self, "value", node.get_collection_of_object_values(Row)),
        }

    def serialize(self, writer):
        raise NotImplementedError


async def everything(adapter, path, headers={}):
    request = RequestInformation()
    request.http_method = Method.GET
    request.url = f"{URL}/v1.0{path}"
    for name, value in headers.items():
        request.headers.add(name, value)
    pages = PageIterator(await adapter.send_async(request, Rows, {}), adapter)
    for name, value in headers.items():
        pages.headers.add(name, value)
    found = []
    await pages.iterate(lambda row: found.append(row.principal_id or row.id) or True)
    return found


async def reading(token):
    registry = ParseNodeFactoryRegistry()
    registry.CONTENT_TYPE_ASSOCIATED_FACTORIES["application/json"] = JsonParseNodeFactory()
    client = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(trust_env=False), host=URL)
    adapter = BaseGraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Token(token)), registry, None, client)
    step("users", await everything(adapter, "/users?$select=id,accountEnabled&$top=999"))
    path = f"/groups/{GROUP}/transitiveMembers/microsoft.graph.user?$count=true&$select=id"
    step("transitive users", await everything(adapter, path, {"ConsistencyLevel": "eventual"}))
    step("assigned", await everything(adapter, f"/servicePrincipals(appId='{APP}')/appRoleAssignedTo"))
    step("after 429", await everything(adapter, "/users?$top=1&$filter=id eq '5e000000-0000-4000-8000-000000000001'"))
    try:
        await everything(adapter, "/groups/nobody/members")
    except Exception as error:
        step("refused", [error.response_status_code])


asyncio.run(reading(sign_ins()))
