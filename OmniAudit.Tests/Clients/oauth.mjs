// The npm SDK's client without any credential of ours: it is refused, learns from the challenge whose tokens are taken, gets
// one there by client credentials, and calls. Prints what it was given.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ClientCredentialsProvider } from "@modelcontextprotocol/sdk/client/auth-extensions.js";

const [url, issuer] = process.argv.slice(2);
const authProvider = new ClientCredentialsProvider({ clientId: "agent", clientSecret: "agent-secret", scope: "omniaudit:read omniaudit:write", expectedIssuer: issuer });
const client = new Client({ name: "npm-oauth-test", version: "1.0.0" });
await client.connect(new StreamableHTTPClientTransport(new URL(url), { authProvider }));
const { tools } = await client.listTools();
const health = await client.callTool({ name: "core.health", arguments: {} });
process.stdout.write(JSON.stringify({ tools: tools.length, status: health.structuredContent.status, scope: authProvider.tokens().scope }) + "\n");
await client.close();
