// Three servers on one database and one object store behind nginx, while they are killed: see scripts/replicas.sh.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Product, ended, freePort, pause, repository, run, start, startGitHub, until } from './product.mjs';
import { Person } from './person.mjs';
import { Report } from './report.mjs';
import { Swift, whyNot } from './swift.mjs';

const [calls = 1000, approvals = 200, scans = 50] = process.argv.slice(2).map(Number);
const Servers = 3;
const KillEvery = 20_000;
const AwayFor = 4_000;
const AtOnce = 12;
/** The load is spread over so long at least, so that several servers die under it. */
const Lasts = Math.max(70_000, calls * 100);
const tests = join(repository, 'OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll');

const missing = whyNot();
if (missing) { console.log(`NOT RUN  ${missing}`); process.exit(69); }
const time = new Date().toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
const report = new Report(join(repository, 'artifacts/replicas', time));
const work = mkdtempSync(join(tmpdir(), 'omniaudit-replicas-'));
const closing = [];
const seconds = since => Math.round((performance.now() - since) / 100) / 10;

/** The repository's own configuration with other addresses. */
async function startNginx(ports) {
  const port = await freePort();
  const text = readFileSync(join(repository, 'deploy/nginx.conf'), 'utf8')
    .replace(/ +server app-1:8080[^\n]*\n +server app-2:8080[^\n]*\n/, ports.map(p => `        server 127.0.0.1:${p} max_fails=2 fail_timeout=5s;\n`).join(''))
    .replace('listen 8080;', `listen 127.0.0.1:${port};`).replace('/tmp/nginx.pid', join(work, `nginx-${port}.pid`))
    .replaceAll(/_temp_path \/tmp\/(\w+)/g, (_, name) => `_temp_path ${join(work, `${name}-${port}`)}`).replace('access_log /dev/stdout requests', `access_log ${join(report.directory, `nginx-${port}.log`)} requests`);
  const file = join(work, `nginx-${port}.conf`);
  writeFileSync(file, text);
  const child = start('nginx', ['-c', file, '-g', 'daemon off; user root;'], { log: join(report.directory, 'nginx-errors.log') });
  // Killed, it would leave its workers behind.
  closing.push(async () => { child.kill('SIGTERM'); await ended(child); });
  return port;
}

const tally = { answered: 0, broken: 0, refused: [] };
/** Through the proxy, as an agent that asks again when the line breaks. What is asked again carries the same key, so that it is one wish. */
async function ask(agent, tool, args) {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await agent.call(tool, args, { timeout: 60_000 });
      tally.answered++;
      if (answer.error && /AUDIT_LOG|stopping|could not complete/i.test(answer.text) && attempt < 40) throw new Error(answer.text);
      if (answer.error) tally.refused.push(`${tool}: ${answer.text}`);
      return answer;
    } catch (e) {
      tally.broken++;
      if (attempt >= 40) throw e;
      await pause(250);
    }
  }
}

const inParallel = async (count, width, work) => {
  let next = 0;
  await Promise.all(Array.from({ length: width }, async () => { while (next < count) await work(next++); }));
};

async function throughput(agents, count) {
  const began = performance.now();
  await inParallel(count, AtOnce, i => ask(agents[i % agents.length], i % 2 ? 'core.health' : 'core.list_receipts', {}, tally));
  return Math.round(count / ((performance.now() - began) / 1000));
}

/** How many requests each server has answered, by the proxy's log. */
function answeredBy(port) {
  const counts = {};
  for (const [, server] of readFileSync(join(report.directory, `nginx-${port}.log`), 'utf8').matchAll(/"127\.0\.0\.1:(\d+)"/g)) counts[server] = (counts[server] ?? 0) + 1;
  return counts;
}

/** The proxy sends an agent by its key: as many of them as it takes for each server to have some. */
async function addAgents(product, port) {
  const agents = [];
  while (agents.length < 9 || Object.keys(answeredBy(port)).length < Servers) {
    if (agents.length === 40) throw new Error(`40 agents, and not every server has one: ${JSON.stringify(answeredBy(port))}`);
    const { output } = await product.verb('agents', 'add', `agent-${agents.length + 1}`);
    agents.push(new Product({ ...product, port, key: /\boak_\S+/.exec(output)[0] }));
    await ask(agents.at(-1), 'core.health', {});
  }
  return agents;
}

let code = 1;
try {
  const [directory, connection] = (await run(join(repository, 'scripts/postgres-for-tests.sh'), ['start'])).output.trim().split('\n');
  closing.push(() => run(join(repository, 'scripts/postgres-for-tests.sh'), ['stop', directory]));
  const database = /Port=(\d+)/.exec(connection)[1];
  const sql = async text => {
    const answer = await run('psql', ['-h', '127.0.0.1', '-p', database, '-U', 'postgres', '-d', 'omniaudit', '-AtX', '-c', text]);
    if (answer.code) throw new Error(answer.output);
    return answer.output.trim();
  };
  await run('psql', ['-h', '127.0.0.1', '-p', database, '-U', 'postgres', '-c', "CREATE DATABASE omniaudit ENCODING 'UTF8' TEMPLATE template0"]);
  const gitHub = await startGitHub(join(report.directory, 'github.log'));
  closing.push(gitHub.stop);
  const swift = await new Swift(join(work, 'swift')).start();
  closing.push(() => swift.stop());
  await swift.createBucket('replicas');
  const site = createServer((request, response) => response.writeHead(200, { 'Content-Type': 'text/html' })
    .end(`<!doctype html><html lang="en"><head><title>${request.url}</title></head><body><h1>Page</h1></body></html>`)).listen(0, '127.0.0.1');
  await once(site, 'listening');
  closing.push(() => { site.closeAllConnections(); site.close(); });
  const host = `127.0.0.1:${site.address().port}`;

  mkdirSync(join(work, 'shared'));
  const ports = [];
  for (let i = 0; i < Servers; i++) ports.push(await freePort());
  const three = await startNginx(ports);
  const one = await startNginx(ports.slice(0, 1));
  const settings = {
    ...swift.settings(), ...gitHub.settings, DATABASE_URL: `postgresql://postgres@127.0.0.1:${database}/omniaudit`, ENVELOPE_MASTER_KEY_FILE: join(work, 'shared', 'master.key'), APP_PUBLIC_URL: `http://127.0.0.1:${three}`,
    APP_ALLOWED_HOSTS: '127.0.0.1', URL_ALLOWLIST: host, MCP_AUTH_MODE: 'api_key', SITELINT_ASYNC_MODE: 'true', SITELINT_MAX_PARALLEL_SCANS: '1', SITELINT_MAX_PARALLEL_SCANS_OVERALL: '2', SCAN_RATE_LIMIT_PER_MINUTE: '10000', GITHUB_WRITE_RATE_LIMIT_PER_MINUTE: '10000', WRITE_CONFIRMATION_TTL_SECONDS: '3600',
  };
  const servers = ports.map((port, i) => new Product({ data: join(work, `data-${i + 1}`), log: join(report.directory, `server-${i + 1}.log`), port, settings }));
  closing.push(() => Promise.all(servers.map(s => s.process && s.kill())));
  await servers[0].start(60);
  await Promise.all(servers.slice(1).map(s => s.start(60)));
  const agents = await addAgents(servers[0], three);
  // Adding them left rows too.
  const rowsBefore = Number(await sql('SELECT count(*) FROM calls')) - tally.answered;
  const first = agents.map(agent => new Product({ ...agent, port: one }));
  const alone = await throughput(first, 400).then(() => throughput(first, 1000));
  await throughput(agents, 400);
  const before = answeredBy(three);
  const together = await throughput(agents, 1000);
  const shares = Object.entries(answeredBy(three)).map(([server, n]) => n - (before[server] ?? 0));
  report.line('each of three servers answers behind the proxy', shares.length === Servers && shares.every(n => n > 0),
    `${agents.length} agents, ${shares.join(' + ')} calls; ${together} calls/s by three, ${alone} by one: ${Math.round(together / alone * 100) / 100}× on ${(await import('node:os')).availableParallelism()} cores that database, proxy and caller share`);
  const nodes = await sql('SELECT count(*) FROM qrtz_scheduler_state');
  report.line('the database knows them', nodes === '3', `${nodes} in the scheduler's list`);

  const person = await Person.signIn(new Product({ ...servers[0], port: three }));
  closing.push(() => person.close());
  const byHand = (await ask(agents[0], 'auditlens.create_issue', { repo: 'acme/store', title: 'By hand', body: 'read and approved in a browser', labels: [] })).content.approval;
  report.line('a person decides in a browser, through the proxy', /Executed|Done|written/i.test(await person.approve(byHand.page_url ?? byHand.url ?? `/approvals/${byHand.id}`)), byHand.id);

  const clerk = start('dotnet', [tests, 'approve-all'], { env: { ...servers[0].environment(), OMNIAUDIT_DATA: join(work, 'data-clerk') }, cwd: dirname(work), log: join(report.directory, 'clerk.log') });
  closing.push(async () => { clerk.kill('SIGKILL'); await ended(clerk); });

  // From here on somebody dies every 20 seconds.
  let kills = 0, killing = true;
  const killer = (async () => {
    for (let victim = 0; killing; victim = (victim + 1) % Servers) {
      for (const end = performance.now() + KillEvery; killing && performance.now() < end;) await pause(200);
      if (!killing) break;
      await servers[victim].kill();
      kills++;
      await pause(AwayFor);
      await servers[victim].start(90);
    }
  })();
  // Until the first one dies: after that, rows of dead scans look alive for a while.
  let most = 0;
  const watcher = (async () => {
    for (const end = performance.now() + KillEvery - 1000; killing && performance.now() < end; await pause(200)) most = Math.max(most, Number(await sql(`SELECT count(*) FROM jobs WHERE "Status" = 'running'`)));
  })();
  const [answered, broken] = [tally.answered, tally.broken];
  const began = performance.now();
  const asked = [], jobs = [];
  await Promise.all([
    inParallel(calls, 4, async i => {
      // Who asked may see what became of it.
      const { agent, approval } = asked[i % (asked.length || 1)] ?? { agent: agents[0], approval: byHand };
      const [tool, args] = [['core.health', {}], ['core.list_receipts', {}], ['search', { query: 'acme' }], ['core.get_request', { approval_id: approval.id }]][i % 4];
      await ask(tool === 'core.get_request' ? agent : agents[i % agents.length], tool, args);
      await pause(4 * Lasts / calls);
    }),
    inParallel(approvals, 3, async i => {
      const agent = agents[i % agents.length];
      const answer = await ask(agent, 'auditlens.create_issue', { repo: 'acme/store', title: `Issue ${i}`, body: `number ${i} of this run`, labels: [], idempotency_key: `issue-${time}-${i}` });
      if (answer.content.approval) asked.push({ agent, approval: answer.content.approval });
      await pause(3 * Lasts / approvals);
    }),
    inParallel(scans, 2, async i => {
      const answer = await ask(agents[i % agents.length], 'sitelint.start_scan', { url: `http://${host}/${i}`, profile: 'quick', viewport_set: 'desktop', idempotency_key: `scan-${time}-${i}` });
      if (answer.content.job_id) jobs.push(answer.content.job_id);
      await pause(2 * Lasts / scans);
    }),
  ]);
  const count = async (table, where) => Number(await sql(`SELECT count(*) FROM ${table} WHERE ${where}`));
  const open = async () => (await count('jobs', `"Status" IN ('queued', 'running')`)) + (await count('approvals', `"State" IN ('pending', 'approved', 'executing')`)) + (await count('approvals', `"State" = 'unknown' AND "NextLookAt" IS NOT NULL AND "Looks" < 3`));
  await until('every job and every approval has ended', 600, async () => (await open()) === 0).catch(() => {});
  const took = seconds(began);
  killing = false;
  await killer;
  await watcher;
  report.line('scans keep to the limit of all servers together', most > 0 && most <= 2, `at most ${most} at once on three servers that take one each, by a limit of 2`);

  report.line('servers die, and every call is answered in the end, none refused', kills > 0 && asked.length === approvals && jobs.length === scans && tally.refused.length === 0,
    `${tally.answered - answered} answers in ${took} s, ${kills} kills, ${tally.broken - broken} asked again${tally.refused.length ? `, ${tally.refused.length} refused: ${tally.refused[0].slice(0, 300)}` : ''}`);
  report.line('every scan ends, once', await count('jobs', `"Kind" = 'sitelint.scan' AND "Status" = 'completed'`) === scans && new Set(jobs).size === scans,
    await sql(`SELECT string_agg(s, ', ') FROM (SELECT "Status" || ' in attempt ' || "Attempt" || ': ' || count(*) AS s FROM jobs GROUP BY "Status", "Attempt" ORDER BY 1) AS t`));
  const issues = await gitHub.issues('acme/store');
  const titles = issues.map(i => i.title).filter(t => /^Issue \d+$/.test(t));
  // A server does four writes at once: what it had begun when it died may be unknown.
  report.line('no effect happened twice, and few are missing', new Set(titles).size === titles.length && titles.length >= approvals - 4 * kills, `${titles.length} issues of ${approvals} requests`);
  const states = await sql(`SELECT string_agg("State" || ': ' || n, ', ') FROM (SELECT "State", count(*) AS n FROM approvals GROUP BY 1 ORDER BY 1) AS t`);
  const executed = await count('approvals', `"State" = 'executed' AND "ApprovalId" <> '${byHand.id}'`);
  report.line('what is called executed is there, and what is there is called so', executed === titles.length && await count('approvals', `"State" NOT IN ('executed', 'unknown')`) === 0, states);
  report.line('every decision and every outcome has its receipt', await count('approvals', `"DecisionReceiptId" IS NULL OR "OutcomeReceiptId" IS NULL`) === 0, `${await sql('SELECT count(*) FROM receipts')} receipts`);
  // What was cut off may have left a row or not.
  const rows = await count('calls', 'true') - rowsBefore;
  report.line('every answered call has its row', rows >= tally.answered && rows <= tally.answered + tally.broken, `${rows} rows, ${tally.answered} answers; ${await count('calls', `"Status" = 'started'`)} without an end`);
  for (const server of servers) {
    const { code: verified, output } = await server.verb('verify', '--log');
    report.line(`the log verifies against the directory of server ${server.port}`, verified === 0, output.trim().split('\n').at(-1));
  }
  const { code: whole, output: objects } = await servers[0].verb('objects', 'check');
  report.line('every object that a row names is there and whole', whole === 0, objects.trim().split('\n').at(-1));
  code = report.end({ calls, approvals, scans, kills, seconds: took, throughput: { one: alone, three: together } });
} catch (e) {
  report.line('the run comes to its end', false, e.stack);
  code = report.end();
} finally {
  for (const close of closing.reverse()) await Promise.resolve().then(close).catch(e => console.error(e.message));
  rmSync(work, { recursive: true, force: true });
}
process.exit(code);
