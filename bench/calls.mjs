// Calls one MCP tool over Streamable HTTP (2026-07-28, stateless) from N kept-alive connections; prints calls/s and latencies.
// usage: node calls.mjs URL TOOL ARGUMENTS_JSON CONNECTIONS CALLS
import http from "node:http";

const [url, tool, argumentsJson, connections, calls] = process.argv.slice(2);
const target = new URL(url);
const body = JSON.stringify({
  jsonrpc: "2.0", id: 1, method: "tools/call",
  params: { name: tool, arguments: JSON.parse(argumentsJson), _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} } },
});
const agent = new http.Agent({ keepAlive: true, maxSockets: Number(connections) });
const headers = {
  "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), Accept: "application/json, text/event-stream",
  "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool,
};
const call = () => new Promise((resolve, reject) => {
  const request = http.request({ host: target.hostname, port: target.port, path: target.pathname, method: "POST", agent, headers }, (response) => {
    let text = "";
    response.on("data", (chunk) => { text += chunk; });
    response.on("end", () => (response.statusCode === 200 && text.includes('"isError":false') ? resolve() : reject(new Error(`${response.statusCode} ${text.slice(0, 300)}`))));
  });
  request.on("error", reject);
  request.end(body);
});
const run = async (total) => {
  const latencies = [];
  let left = total;
  const began = process.hrtime.bigint();
  await Promise.all(Array.from({ length: Number(connections) }, async () => {
    while (left-- > 0) {
      const t = process.hrtime.bigint();
      await call();
      latencies.push(Number(process.hrtime.bigint() - t) / 1e6);
    }
  }));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  latencies.sort((a, b) => a - b);
  const at = (q) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))].toFixed(2);
  return { rate: (latencies.length / seconds).toFixed(0), p50: at(0.5), p99: at(0.99) };
};
await run(Math.min(2000, Number(calls)));
const { rate, p50, p99 } = await run(Number(calls));
console.log(`${tool}  ${connections.padStart(3)} connections  ${rate.padStart(6)} calls/s  p50 ${p50} ms  p99 ${p99} ms`);
agent.destroy();
