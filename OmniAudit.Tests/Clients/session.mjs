// A real MCP client, driven line by line: each line of standard input is {"op": …}, each answer one line of JSON.
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

// URL and key of a server that runs, or "stdio:" and the JSON of a command to start one.
const [url, more] = process.argv.slice(2);
const transport = () => url === "stdio:"
  ? new StdioClientTransport({ ...JSON.parse(more), env: { ...process.env, ...JSON.parse(more).env }, stderr: "ignore" })
  : new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: more ? { "X-Api-Key": more } : {} } });
const client = new Client({ name: "npm-sdk-test", version: "1.0.0" });
const operations = {
  connect: async () => {
    await client.connect(transport());
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
