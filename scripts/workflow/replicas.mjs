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
  closing.push(async () => { child.kill('SIGKILL'); await ended(child); });
  return port;
}

/** Through the proxy, as an agent that asks again when the line breaks. What is asked again carries the same key, so that it is one wish. */
async function ask(proxy, tool, args, tally) {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await proxy.call(tool, args, { timeout: 60_000 });
      if (tally) tally.answered++;
      if (answer.error && /AUDIT_LOG|stopping|could not complete/i.test(answer.text) && attempt < 40) throw new Error(answer.text);
      return answer;
    } catch (e) {
      if (tally) tally.broken++;
      if (attempt >= 40) throw e;
      await pause(250);
    }
  }
}

const inParallel = async (count, width, work) => {
  let next = 0;
  await Promise.all(Array.from({ length: width }, async () => { while (next < count) await work(next++); }));
};

const all = { answered: 0, broken: 0 };
async function throughput(proxy, count) {
  const began = performance.now();
  await inParallel(count, AtOnce, i => ask(proxy, i % 2 ? 'core.health' : 'core.list_receipts', {}, all));
  return Math.round(count / ((performance.now() - began) / 1000));
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
    APP_ALLOWED_HOSTS: '127.0.0.1', URL_ALLOWLIST: host, SITELINT_ASYNC_MODE: 'true', SITELINT_MAX_PARALLEL_SCANS: '1', SITELINT_MAX_PARALLEL_SCANS_OVERALL: '2', SCAN_RATE_LIMIT_PER_MINUTE: '10000', GITHUB_WRITE_RATE_LIMIT_PER_MINUTE: '10000', WRITE_CONFIRMATION_TTL_SECONDS: '3600',
  };
  const servers = ports.map((port, i) => new Product({ data: join(work, `data-${i + 1}`), log: join(report.directory, `server-${i + 1}.log`), port, settings }));
  closing.push(() => Promise.all(servers.map(s => s.process && s.kill())));
  await servers[0].start(60);
  const first = new Product({ ...servers[0], port: one });
  const alone = await throughput(first, 400).then(() => throughput(first, 1000));
  await Promise.all(servers.slice(1).map(s => s.start(60)));
  const proxy = new Product({ ...servers[0], port: three });
  await throughput(proxy, 400);
  const together = await throughput(proxy, 1000);
  report.line('three servers answer behind the proxy', true, `${together} calls/s by three, ${alone} by one: ${Math.round(together / alone * 100) / 100}× on ${(await import('node:os')).availableParallelism()} cores that database, proxy and caller share`);
  const nodes = await sql('SELECT count(*) FROM qrtz_scheduler_state');
  report.line('the database knows them', nodes === '3', `${nodes} in the scheduler's list`);

  const person = await Person.signIn(proxy);
  closing.push(() => person.close());
  const byHand = (await ask(proxy, 'auditlens.create_issue', { repo: 'acme/store', title: 'By hand', body: 'read and approved in a browser', labels: [] })).content.approval;
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
  const tally = { answered: 0, broken: 0 };
  const began = performance.now();
  const asked = [], jobs = [];
  await Promise.all([
    inParallel(calls, 4, async i => {
      await ask(proxy, ['core.health', 'core.list_receipts', 'core.search', 'core.get_request'][i % 4], [{}, {}, { query: 'acme' }, { request_id: asked[i % (asked.length || 1)]?.id ?? byHand.id }][i % 4], tally);
      await pause(40);
    }),
    inParallel(approvals, 3, async i => {
      const answer = await ask(proxy, 'auditlens.create_issue', { repo: 'acme/store', title: `Issue ${i}`, body: `number ${i} of this run`, labels: [], idempotency_key: `issue-${time}-${i}` }, tally);
      if (answer.content.approval) asked.push(answer.content.approval);
      else report.line(`request ${i} is taken`, false, answer.text);
    }),
    inParallel(scans, 2, async i => {
      const answer = await ask(proxy, 'sitelint.start_scan', { url: `http://${host}/${i}`, profile: 'quick', viewport_set: 'desktop', idempotency_key: `scan-${time}-${i}` }, tally);
      if (answer.content.job_id) jobs.push(answer.content.job_id);
      else report.line(`scan ${i} is taken`, false, answer.text);
      await pause(2000);
    }),
  ]);
  const count = async (table, where) => Number(await sql(`SELECT count(*) FROM ${table} WHERE ${where}`));
  const open = async () => (await count('jobs', `"Status" IN ('queued', 'running')`)) + (await count('approvals', `"State" IN ('pending', 'approved', 'executing')`)) + (await count('approvals', `"State" = 'unknown' AND "NextLookAt" IS NOT NULL AND "Looks" < 3`));
  await until('every job and every approval has ended', 600, async () => (await open()) === 0).catch(() => {});
  const took = seconds(began);
  killing = false;
  await killer;
  await watcher;
  report.line('scans keep to the limit of all servers together', most <= 2, `at most ${most} at once on three servers that take one each, by a limit of 2`);

  report.line('every call is answered in the end', true, `${tally.answered} answers in ${took} s, ${kills} kills, ${tally.broken} asked again`);
  report.line('every scan ends, once', await count('jobs', `"Kind" = 'sitelint.scan' AND "Status" = 'completed'`) === scans && new Set(jobs).size === scans,
    await sql(`SELECT string_agg(s, ', ') FROM (SELECT "Status" || ' in attempt ' || "Attempt" || ': ' || count(*) AS s FROM jobs GROUP BY "Status", "Attempt" ORDER BY 1) AS t`));
  const issues = [];
  for (let page = 1; ; page++) {
    const part = await (await fetch(`${gitHub.settings.GITHUB_API_URL}/repos/acme/store/issues?state=all&per_page=100&page=${page}`, { headers: { Authorization: `Bearer ${gitHub.settings.GITHUB_PAT}`, 'User-Agent': 'replicas' } })).json();
    issues.push(...part);
    if (part.length < 100) break;
  }
  const titles = issues.map(i => i.title).filter(t => /^Issue \d+$/.test(t));
  report.line('no effect happened twice', new Set(titles).size === titles.length, `${titles.length} issues of ${approvals} requests`);
  const states = await sql(`SELECT string_agg("State" || ': ' || n, ', ') FROM (SELECT "State", count(*) AS n FROM approvals GROUP BY 1 ORDER BY 1) AS t`);
  const executed = await count('approvals', `"State" = 'executed' AND "ApprovalId" <> '${byHand.id}'`);
  report.line('what is called executed is there, and what is there is called so', executed === titles.length && await count('approvals', `"State" NOT IN ('executed', 'unknown')`) === 0, states);
  report.line('every decision and every outcome has its receipt', await count('approvals', `"DecisionReceiptId" IS NULL OR "OutcomeReceiptId" IS NULL`) === 0, `${await sql('SELECT count(*) FROM receipts')} receipts`);
  // What was cut off may have left a row or not.
  const rows = await count('calls', 'true');
  const answered = tally.answered + all.answered + 1;
  report.line('every answered call has its row', rows >= answered && rows <= answered + tally.broken, `${rows} rows, ${answered} answers; ${await count('calls', `"Status" = 'started'`)} without an end`);
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
