"""Canaille on loopback, in memory, with PEOPLE people, a group of them, and a SCIM token: canaille_server.py PORT PEOPLE TOKEN"""

import datetime
import os
import sys

os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import JWKRegistry
from werkzeug.serving import run_simple

port, people, token = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
key = JWKRegistry.generate_key("RSA", 2048)
key.ensure_kid()
app = create_app(
    config={
        "SECRET_KEY": "false-secret-of-a-test",
        "SERVER_NAME": f"localhost:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {"DATABASE": "memory", "ENABLE_REGISTRATION": False, "JAVASCRIPT": False},
        "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)]},
        "CANAILLE_SCIM": {"ENABLE_SERVER": True},
    }
)
with app.app_context():
    backend, now = Backend.instance, datetime.datetime.now(datetime.timezone.utc)
    for i in range(1, people + 1):
        name, mail = f"p{i}", f"p{i}@acme.example.com"
        backend.save(
            models.User(user_name=name, given_name=f"Given{i}", family_name=f"Family{i}", formatted_name=name, emails=[mail])
        )
    everybody = [backend.get(models.User, user_name=f"p{i}") for i in range(1, people + 1)]
    backend.save(models.Group(display_name="everybody", members=everybody))
    client = models.Client(
        client_id="test",
        client_secret="test",
        client_name="test",
        grant_types=["client_credentials"],
        response_types=[],
        token_endpoint_auth_method="client_secret_basic",
        scope=["openid", "profile", "scim"],
        redirect_uris=["http://localhost/"],
        client_uri="http://localhost",
        contacts=[],
        client_id_issued_at=now,
    )
    backend.save(client)
    client.audience = [client]
    backend.save(client)
    backend.save(
        models.Token(
            token_id="test",
            access_token=token,
            client=client,
            subject=None,
            type="access_token",
            scope=["scim"],
            issue_date=now,
            lifetime=86_400,
            audience=[client],
        )
    )
run_simple("127.0.0.1", port, app, threaded=True)
