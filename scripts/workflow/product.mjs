// The product as a process, called as agents call it. Used by smoke.mjs and drills.mjs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const program = join(repository, 'OmniAudit.Web/bin/Release/net10.0/OmniAudit.Web.dll');
const tests = join(repository, 'OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll');

export const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

/** Asks until the answer is true, at most so many seconds. */
export async function until(what, seconds, ask) {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`Not within ${seconds} s: ${what}`);
    await pause(100);
  }
}

/** A free port below those that the system gives out itself: no connection takes it before it is bound, or while its server is dead. */
let nextPort = Math.floor(Math.random() * 12_000);
export async function freePort() {
  for (;;) {
    const port = 20_000 + nextPort++ % 12_000;
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await new Promise(resolve => server.once('listening', () => resolve(true)).once('error', () => resolve(false)));
    if (!isFree) continue;
    await new Promise(resolve => server.close(resolve));
    return port;
  }
}

/** Processes of this run; all of them end with it, however it ends. */
const children = new Set();
export function start(command, args, { log, onLine, ...options } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  children.add(child);
  child.on('exit', () => children.delete(child));
  let rest = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', data => {
      if (log) appendFileSync(log, data);
      if (!onLine || stream !== child.stdout) return;
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      lines.forEach(onLine);
    });
  }
  return child;
}
export const ended = child => child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, 'exit');
process.on('exit', () => children.forEach(child => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

/** Runs a command to its end. */
export async function run(command, args, options = {}) {
  let output = '';
  const child = start(command, args, options);
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => { output += data; });
  await once(child, 'close');
  return { code: child.exitCode, output };
}

/** One server. Its settings may change between two starts; the data directory stays. */
export class Product {
  constructor({ data, log, settings = {}, port, wrapper = [], key = '' }) {
    Object.assign(this, { data, log, settings, port, wrapper, key });
    this.url = `http://127.0.0.1:${port}`;
    this.id = 0;
  }

  environment() {
    return { PATH: process.env.PATH, HOME: process.env.HOME ?? '/', ...(process.env.DOTNET_ROOT ? { DOTNET_ROOT: process.env.DOTNET_ROOT } : {}), OMNIAUDIT_DATA: this.data, APP_PORT: `${this.port}`, ...this.settings };
  }

  async start(seconds = 40) {
    const [command, ...before] = [...this.wrapper, 'dotnet'];
    this.process = start(command, [...before, program, 'serve'], { env: this.environment(), cwd: dirname(this.data), log: this.log });
    await until('the server answers /healthz', seconds, async () => {
      if (this.process.exitCode !== null) throw new Error(`The server ended with ${this.process.exitCode}: see ${this.log}`);
      return (await fetch(`${this.url}/healthz`).catch(() => null))?.ok;
    });
    return this;
  }

  /** SIGTERM, as a service manager stops it. */
  async stop() {
    this.process.kill('SIGTERM');
    await ended(this.process);
    return this.process.exitCode;
  }

  /** SIGKILL: no handler runs, no buffer is written. */
  async kill() {
    this.process.kill('SIGKILL');
    await ended(this.process);
  }

  /** A verb beside the server, with its settings. */
  verb(...args) {
    return run('dotnet', [program, ...args], { env: this.environment(), cwd: dirname(this.data) });
  }

  /** What a tool call answered: `content` is the structured answer, `error` says it is one. */
  async call(tool, args = {}, { timeout = 90_000 } = {}) {
    const response = await fetch(`${this.url}/mcp`, {
      method: 'POST',
      signal: AbortSignal.timeout(timeout),
      headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream', 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': tool, ...(this.key ? { 'X-Api-Key': this.key } : {}) },
      body: JSON.stringify({ jsonrpc: '2.0', id: ++this.id, method: 'tools/call', params: { name: tool, arguments: args, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } } }),
    });
    const text = await response.text();
    const events = text.split('\n').filter(line => line.startsWith('data: ')).map(line => line.slice(6));
    const answer = JSON.parse(events.at(-1) ?? text);
    const result = answer.result ?? {};
    return { raw: answer, content: result.structuredContent ?? {}, error: Boolean(result.isError || answer.error), text: result.content?.map(part => part.text).join('\n') ?? answer.error?.message ?? '' };
  }
}

/** The stand-in for GitHub of the tests; its settings for a server. */
export async function startGitHub(log) {
  if (!existsSync(tests)) throw new Error('The tests are not built: dotnet build OmniAudit.sln -c Release');
  const settings = {};
  const child = start('dotnet', [tests, 'github-stand-in'], { log, onLine: line => { const match = /^([A-Z_]+)=(.*)$/.exec(line); if (match) settings[match[1]] = match[2]; } });
  await until('the stand-in for GitHub is ready', 30, () => settings.REPO_WRITE_ALLOWLIST);
  /** All of them, open or not. */
  const issues = async repository => {
    for (let all = [], page = 1; ; page++) {
      const part = await (await fetch(`${settings.GITHUB_API_URL}/repos/${repository}/issues?state=all&per_page=100&page=${page}`, { headers: { Authorization: `Bearer ${settings.GITHUB_PAT}`, 'User-Agent': 'workflow' } })).json();
      all = all.concat(part);
      if (part.length < 100) return all;
    }
  };
  return { child, settings, issues, stop: async () => { child.kill('SIGTERM'); await ended(child); } };
}
