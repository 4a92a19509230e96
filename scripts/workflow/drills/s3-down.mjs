// The object store is gone for a while.
import { Person } from '../person.mjs';

export const title = 'the S3 store cannot be reached';
export const needs = ['s3'];

export async function run({ report, product: make, gitHub: startGitHub, s3, site, atEnd }) {
  const [gitHub, swift] = [await startGitHub(), await s3()];
  const product = await (await make(gitHub.settings)).start();
  const { host } = await site();
  const scan = () => product.call('sitelint.start_scan', { url: `http://${host}/`, profile: 'quick', viewport_set: 'desktop' });
  const read = id => product.call('sitelint.get_report', { scan_id: id });

  const local = (await scan()).content;
  await product.stop();
  Object.assign(product.settings, swift.settings());
  await product.start();
  const remote = (await scan()).content;
  const [localBefore, remoteBefore] = [(await read(local.scan_id)).content, (await read(remote.scan_id)).content];
  const person = await Person.signIn(product);
  atEnd(() => person.close());
  await report.step('before: one report is stored here, one in S3', async () => ({ ok: localBefore.report_ref.startsWith('local://') && remoteBefore.report_ref.startsWith('s3://'), found: `${localBefore.report_ref.slice(0, 20)}…, ${remoteBefore.report_ref.slice(0, 20)}…` }));

  await swift.stop();
  await report.step('the server stays up', async () => ({ ok: (await fetch(`${product.url}/healthz`)).ok, found: '/healthz answers' }));
  await report.step('what is stored here is still read', async () => {
    const answer = (await read(local.scan_id)).content;
    return { ok: answer.sha256 === localBefore.sha256 && answer.report, found: 'the same report' };
  });
  await report.step('what is in S3 is an error in words, not an empty report', async () => {
    const answer = await read(remote.scan_id);
    report.keep('read-while-down', answer.raw);
    return { ok: answer.error && !answer.content.report, found: answer.text.slice(0, 200) };
  });
  let failed = {};
  await report.step('a scan that cannot be stored ends as failed, not as completed and not for ever running', async () => {
    const answer = await scan();
    failed = answer.content;
    report.keep('scan-while-down', answer.raw);
    return { ok: failed.status === 'failed' || answer.error, found: `${failed.status ?? 'refused'}: ${failed.error ?? answer.text.slice(0, 200)}` };
  });
  await report.step('writes that need no objects are asked for, approved and done', async () => {
    const issue = { repo: 'acme/shop', title: 'S3 is away', body: 'Drill.', labels: [] };
    const asked = (await product.call('auditlens.create_issue', issue)).content;
    await person.approve(asked.approval.url);
    const done = (await product.call('auditlens.create_issue', { ...issue, confirmation_token: asked.confirmation_token })).content;
    return { ok: done.executed && done.receipt_id, found: `${done.status}, receipt ${done.receipt_id}` };
  });

  await swift.startParts();
  await report.step('when S3 is back its reports are read again, unchanged', async () => {
    const answer = (await read(remote.scan_id)).content;
    return { ok: answer.sha256 === remoteBefore.sha256 && JSON.stringify(answer.report) === JSON.stringify(remoteBefore.report), found: 'the same report' };
  });
  await report.step('and a new scan is stored there', async () => {
    const done = (await scan()).content;
    const answer = done.status === 'completed' ? (await read(done.scan_id)).content : {};
    return { ok: answer.report_ref?.startsWith('s3://'), found: answer.report_ref ?? `${done.status}: ${done.error}` };
  });
  await report.step('every receipt verifies', async () => {
    const { code, output } = await product.verb('verify', '--log');
    return { ok: code === 0, found: output.trim().split('\n').at(-1) };
  });
}
