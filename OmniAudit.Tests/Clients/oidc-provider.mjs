// A real OpenID provider (npm oidc-provider) on a free loopback port, driven line by line: each line of standard input is
// {"op": …}, each answer one line of JSON. Everything lives in memory. Nothing here is for use outside of tests.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { randomUUID } from "node:crypto";

console.info = console.warn = console.log = (...words) => console.error(...words);
const { Provider } = await import("oidc-provider");
const { SignJWT, exportJWK, generateKeyPair, importJWK } = await import("jose");

const users = new Map();
const redirectUris = ["http://127.0.0.1:1/signin/oidc"], afterSignOut = ["http://127.0.0.1:1/signin"];
let key, provider, handle, port = 0, keysAsked = 0, twist;

async function newKey() {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  key = { ...(await exportJWK(privateKey)), kid: randomUUID(), use: "sig", alg: "RS256" };
}

const page = (title, body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}</html>`;

function build() {
  provider = new Provider(`http://127.0.0.1:${port}`, {
    jwks: { keys: [key] },
    cookies: { keys: ["a secret of the tests"] },
    clients: [
      { client_id: "console", client_secret: "a secret: with/odd %characters", redirect_uris: redirectUris, post_logout_redirect_uris: afterSignOut },
      { client_id: "agent", client_secret: "agent-secret", grant_types: ["client_credentials"], redirect_uris: [], response_types: [] },
    ],
    scopes: ["openid", "profile", "email", "groups"],
    extraTokenClaims: () => ({ groups: ["bots"] }),
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email"], groups: ["groups"] },
    pkce: { required: () => true },
    findAccount: (_, id) => users.has(id) ? { accountId: id, claims: () => ({ sub: id, ...users.get(id) }) } : undefined,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => { ctx.body = page("Leave the provider?", `${form}<button form="op.logoutForm" name="logout" value="yes">Leave</button>`); },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({ scope: "omniaudit:read omniaudit:write", audience: resource, accessTokenFormat: "jwt", accessTokenTTL: 600, jwt: { sign: { alg: "RS256" } } }),
      },
    },
    interactions: { url: (_, interaction) => `/login/${interaction.uid}` },
    // Everybody consents to everything.
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope("openid profile email groups");
      await grant.save();
      return grant;
    },
    // Tests move the console's clock on, and not this one.
    ttl: { Session: 3600, Grant: 3600, Interaction: 600, AccessToken: 600, IdToken: 86400, AuthorizationCode: 60 },
  });
  handle = provider.callback();
}

async function login(request, response) {
  const { prompt } = await provider.interactionDetails(request, response);
  if (request.method !== "POST") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(page(`Provider ${prompt.name}`, `<form method="post"><label>Login <input name="login"></label> <button name="do" value="login">Continue</button> <button name="do" value="cancel">Cancel</button></form>`));
    return;
  }
  let body = "";
  for await (const part of request) body += part;
  const form = new URLSearchParams(body);
  await provider.interactionFinished(request, response, form.get("do") === "cancel" || !users.has(form.get("login"))
    ? { error: "access_denied", error_description: "<b>no</b>" }
    : { login: { accountId: form.get("login") } }, { mergeWithLastSubmission: false });
}

/** Lets the token endpoint answer with an id_token that says something else, signed by the right key. */
function twisted(response) {
  const end = response.end.bind(response);
  response.end = async (body) => {
    const answer = JSON.parse(String(body));
    if (answer.id_token) {
      const { header, drop = [], ...claims } = twist;
      const payload = { ...JSON.parse(Buffer.from(answer.id_token.split(".")[1], "base64url")), ...claims };
      for (const name of drop) delete payload[name];
      answer.id_token = await sign({ typ: "JWT", ...header }, payload);
    }
    const text = JSON.stringify(answer);
    response.setHeader("content-length", Buffer.byteLength(text));
    end(text);
  };
}

async function sign(header, payload) {
  return await new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: key.kid, typ: "at+jwt", ...header }).sign(await importJWK(key, "RS256"));
}

const server = createServer((request, response) => {
  if (request.url === "/jwks") keysAsked++;
  if (request.url === "/token" && twist) twisted(response);
  const done = request.url.startsWith("/login/") ? login(request, response) : handle(request, response);
  done.catch?.((error) => { response.statusCode = 400; response.end(page("Provider error", String(error.message))); });
});
const listen = () => new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));

const operations = {
  // The address of the console is known only when it runs.
  console: ({ url }) => { redirectUris.push(`${url}/signin/oidc`); afterSignOut.push(`${url}/signin`); build(); return {}; },
  user: ({ login, ...claims }) => { users.set(login, claims); return {}; },
  // A token of the issuer's own key that says whatever a test wants.
  sign: async ({ header, payload }) => ({ token: await sign(header, payload) }),
  twist: ({ claims }) => { twist = claims; return {}; },
  keys: () => ({ asked: keysAsked, n: key.n, kid: key.kid }),
  rotate: async () => { await newKey(); build(); return {}; },
  down: () => new Promise((resolve) => { server.close(() => resolve({})); server.closeAllConnections(); }),
  up: async () => { await listen(); return {}; },
};

await newKey();
await listen();
port = server.address().port;
build();
process.stdout.write(JSON.stringify({ ok: { issuer: `http://127.0.0.1:${port}` } }) + "\n");
for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...rest } = JSON.parse(line);
  try {
    process.stdout.write(JSON.stringify({ ok: await operations[op](rest) }) + "\n");
  } catch (error) {
    process.stdout.write(JSON.stringify({ error: error.message }) + "\n");
  }
}
process.exit(0);
