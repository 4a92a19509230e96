// The system's clock jumps a day forward, and back again.
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Person, chromium } from '../person.mjs';
import { until } from '../product.mjs';

export const title = 'the clock jumps a day forward, and then back';
const library = ['/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1', '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1'].find(existsSync);
export const whyNot = () => library ? null : 'libfaketime is not installed: run scripts/install-test-tools.sh as root';

export async function run({ work, report, product: make, gitHub: startGitHub, site, atEnd }) {
  const clock = join(work, 'clock');
  const jump = seconds => writeFileSync(clock, `${seconds >= 0 ? '+' : ''}${seconds}\n`);
  jump(0);
  const gitHub = await startGitHub();
  // Of the server alone, and of the wall clock alone: the monotonic one does not jump on a real machine either.
  const fake = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_DISABLE_SHM: '1', FAKETIME_ONLY_CMDS: 'dotnet' };
  // Chromium does not start with the library in it: the browser keeps the true clock.
  const browser = join(work, 'browser');
  writeFileSync(browser, `#!/bin/sh\nunset LD_PRELOAD\nexec ${chromium()} "$@"\n`);
  chmodSync(browser, 0o755);
  const product = await (await make({ ...gitHub.settings, ...fake, CHROMIUM_PATH: browser })).start();
  const person = await Person.signIn(product);
  atEnd(() => person.close());
  const { host } = await site();
  const issues = async () => (await gitHub.issues('acme/shop')).length;
  const before = await issues();
  const ask = (title, more = {}) => product.call('auditlens.create_issue', { repo: 'acme/shop', title, body: 'Drill.', labels: [], ...more });
  const scan = () => product.call('sitelint.start_scan', { url: `http://${host}/`, profile: 'quick', viewport_set: 'desktop' });
  const now = async () => new Date((await fetch(`${product.url}/healthz`)).headers.get('date'));

  const waiting = (await ask('It waits over the jump')).content;
  jump(86_400);
  await report.step('the server has noticed: its clock is a day ahead', async () => {
    const ahead = await until('the server\'s clock jumps', 10, async () => { const hours = (await now() - Date.now()) / 3.6e6; return hours > 23 && hours; });
    return { ok: true, found: `${ahead.toFixed(1)} h` };
  });
  await report.step('what waited past its time expires, and is never run', async () => {
    const answer = await until('the request expires', 30, async () => {
      const again = (await ask('It waits over the jump', { confirmation_token: waiting.confirmation_token })).content;
      return again.status !== 'requires_confirmation' && again;
    });
    report.keep('expired', answer);
    return { ok: answer.status === 'expired' && await issues() === before, found: answer.status };
  });
  await report.step('scans go on', async () => {
    const { status, error } = (await scan()).content;
    return { ok: status === 'completed', found: error ?? status };
  });
  jump(0);
  await report.step('back again: what expired stays expired', async () => {
    const again = (await ask('It waits over the jump', { confirmation_token: waiting.confirmation_token })).content;
    return { ok: again.status === 'expired' && await issues() === before, found: again.status };
  });
  await report.step('back again: a scan completes', async () => {
    const { status, error } = (await scan()).content;
    return { ok: status === 'completed', found: error ?? status };
  });
  await report.step('back again: a new request is approved and runs once', async () => {
    const asked = (await ask('After the jump')).content;
    const heading = await person.approve(asked.approval.url);
    const end = (await ask('After the jump', { confirmation_token: asked.confirmation_token })).content;
    return { ok: end.executed && await issues() === before + 1, found: `the page says "${heading}", ${await issues() - before} issue created` };
  });
  await report.step('every receipt verifies: their order is the log\'s, not the clock\'s', async () => {
    const { code, output } = await product.verb('verify', '--log');
    return { ok: code === 0, found: output.trim().split('\n').at(-1) };
  });
}
