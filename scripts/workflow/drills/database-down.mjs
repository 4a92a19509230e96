// The database server is gone for a while: the line to a real PostgreSQL is cut.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Link } from '../link.mjs';
import { repository, run as command, until } from '../product.mjs';
import { Person } from '../person.mjs';

export const title = 'the database cannot be reached';
export const whyNot = () => existsSync('/usr/lib/postgresql') ? null : 'PostgreSQL is not installed: run scripts/install-test-tools.sh as root';

export async function run({ report, product: make, gitHub: startGitHub, site: startSite, atEnd }) {
  const script = join(repository, 'scripts/postgres-for-tests.sh');
  const [directory, connection] = (await command(script, ['start'])).output.trim().split('\n');
  atEnd(() => command(script, ['stop', directory]));
  const port = /Port=(\d+)/.exec(connection)[1];
  await command('psql', ['-h', '127.0.0.1', '-p', port, '-U', 'postgres', '-c', "CREATE DATABASE omniaudit ENCODING 'UTF8' TEMPLATE template0"]);
  const line = await new Link(`http://127.0.0.1:${port}`).up();
  atEnd(() => line.down());
  const gitHub = await startGitHub();
  const site = await startSite();
  const product = await (await make({ ...gitHub.settings, DATABASE_URL: `postgresql://postgres@127.0.0.1:${line.port}/omniaudit`, SITELINT_ASYNC_MODE: 'true' })).start(60);
  const person = await Person.signIn(product);
  atEnd(() => person.close());
  const issue = { repo: 'acme/shop', title: 'The database is away', body: 'Drill.', labels: [] };
  const ready = async () => (await fetch(`${product.url}/readyz`)).status;

  const asked = (await product.call('auditlens.create_issue', issue)).content;
  report.keep('asked', asked);
  site.wait = 20_000;
  const job = (await product.call('sitelint.start_scan', { url: `http://${site.host}/`, profile: 'quick', viewport_set: 'desktop' })).content;
  await until('the scan is under way', 60, async () => site.asked > 0);
  await line.down();

  await report.step('the server stays up, and says that it is not ready', async () => {
    const live = (await fetch(`${product.url}/healthz`)).ok;
    const status = await until('not ready', 60, async () => (await ready()) === 503 && 503);
    return { ok: live && status === 503, found: `/healthz answers, /readyz ${status}` };
  });
  await report.step('a call is answered with an error in words, and soon', async () => {
    const began = performance.now();
    const answer = await product.call('core.list_receipts', {}, { timeout: 60_000 });
    report.keep('call-while-down', answer.raw);
    return { ok: answer.raw.error === 'database_unavailable', found: `after ${Math.round((performance.now() - began) / 100) / 10} s: ${answer.raw.message ?? answer.text}` };
  });

  site.wait = 0;
  await line.up();
  await report.step('when the database is back the server is ready again by itself', async () => {
    const began = performance.now();
    await until('ready', 60, async () => (await ready()) === 200);
    return { ok: true, found: `after ${Math.round((performance.now() - began) / 100) / 10} s` };
  });
  await report.step('the scan that was cut off ends', async () => {
    const done = await until('the scan ends', 90, async () => {
      const now = (await product.call('core.get_job', { job_id: job.job_id })).content;
      return ['completed', 'failed'].includes(now.status) && now;
    });
    report.keep('scan', done);
    return { ok: done.status === 'completed' || done.error?.length > 0, found: `${done.status}${done.error ? `: ${done.error}` : ''}` };
  });
  await report.step('the request that waited is approved and done, once', async () => {
    await person.approve(asked.approval.url);
    const done = (await product.call('auditlens.create_issue', { ...issue, confirmation_token: asked.confirmation_token })).content;
    return { ok: done.executed && done.receipt_id, found: `${done.status}, receipt ${done.receipt_id}` };
  });
  await report.step('every receipt verifies', async () => {
    const { code, output } = await product.verb('verify', '--log');
    return { ok: code === 0, found: output.trim().split('\n').at(-1) };
  });
  await report.step('it stops cleanly', async () => {
    const code = await product.stop();
    return { ok: code === 0, found: `exit code ${code}` };
  });
}
