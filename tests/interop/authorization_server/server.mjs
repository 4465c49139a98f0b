// oidc-provider as the token endpoint: client credentials with a secret and by private_key_jwt, and DPoP as Okta demands it.
//   node server.mjs PORT CLIENTS LIFE_S     CLIENTS is the list of its clients in JSON; access tokens are JWTs of LIFE_S seconds
import crypto from "node:crypto";
import Provider from "oidc-provider";

const [port, clients, life] = process.argv.slice(2);
const grant = { grant_types: ["client_credentials"], redirect_uris: [], response_types: [] };
const scope = "users.read groups.read";
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: JSON.parse(clients).map((client) => ({ ...grant, ...client })),
  scopes: scope.split(" "),
  clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: true, nonceSecret: crypto.randomBytes(32), requireNonce: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "urn:api",
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope, accessTokenTTL: Number(life), accessTokenFormat: "jwt" }),
    },
  },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
