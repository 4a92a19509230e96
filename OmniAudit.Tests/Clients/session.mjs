// A real MCP client, driven line by line: each line of standard input is {"op": …}, each answer one line of JSON.
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, key] = process.argv.slice(2);
const headers = key ? { "X-Api-Key": key } : {};
const client = new Client({ name: "npm-sdk-test", version: "1.0.0" });
const operations = {
  connect: async () => {
    const Transport = url.endsWith("/sse") ? SSEClientTransport : StreamableHTTPClientTransport;
    await client.connect(new Transport(new URL(url), { requestInit: { headers } }));
    return { server: client.getServerVersion() };
  },
  list: async () => (await client.listTools()).tools,
  call: async ({ name, arguments: args }) => await client.callTool({ name, arguments: args }, undefined, { timeout: 120_000 }),
  close: async () => { await client.close(); return {}; },
};
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  try {
    process.stdout.write(JSON.stringify({ ok: await operations[request.op](request) }) + "\n");
  } catch (error) {
    process.stdout.write(JSON.stringify({ error: { message: error.message, code: error.code } }) + "\n");
  }
  if (request.op === "close") break;
}
