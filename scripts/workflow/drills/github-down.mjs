// GitHub cannot be reached, and later loses an answer.
import { Link } from '../link.mjs';
import { Person } from '../person.mjs';
import { until } from '../product.mjs';

export const title = 'GitHub cannot be reached, and later loses the answer to a write';

export async function run({ report, product: make, gitHub: startGitHub, site, atEnd }) {
  const gitHub = await startGitHub();
  const link = await new Link(gitHub.settings.GITHUB_API_URL).up();
  atEnd(() => link.down().catch(() => {}));
  const product = await (await make({ ...gitHub.settings, GITHUB_API_URL: link.url, GITHUB_UPLOAD_URL: link.url })).start();
  const person = await Person.signIn(product);
  atEnd(() => person.close());
  const issues = async () => (await gitHub.issues('acme/shop')).length;
  const ask = (title, more = {}) => product.call('auditlens.create_issue', { repo: 'acme/shop', title, body: 'Drill.', labels: [], ...more });
  const before = await issues();

  const asked = (await ask('The line is cut')).content;
  report.keep('asked', asked);
  await link.down();

  await report.step('a read says what is wrong and what to do', async () => {
    const answer = await product.call('auditlens.list_runs', { repo: 'acme/shop' });
    report.keep('read-while-down', answer.raw);
    return { ok: answer.error && answer.content.error === 'github_unreachable', found: answer.content.message };
  });
  await report.step('the server and what needs no GitHub go on', async () => {
    const scan = (await product.call('sitelint.start_scan', { url: `http://${(await site()).host}/`, profile: 'quick', viewport_set: 'desktop' })).content;
    return { ok: scan.status === 'completed' && (await fetch(`${product.url}/healthz`)).ok, found: `a scan is ${scan.status}` };
  });
  await report.step('what a person approves meanwhile is held back, not lost and not sent', async () => {
    const heading = await person.approve(asked.approval.url);
    return { ok: heading === 'Approved, not run yet' && await issues() === before, found: `the page says "${heading}"` };
  });
  await link.up();
  await report.step('when GitHub is back it runs by itself, once', async () => {
    const done = await until('the approved issue is created', 60, async () => {
      const answer = (await ask('The line is cut', { confirmation_token: asked.confirmation_token })).content;
      return answer.executed && answer;
    });
    report.keep('done', done);
    return { ok: done.receipt_id && await issues() === before + 1, found: `${done.status}, ${await issues() - before} new issue, receipt ${done.receipt_id}` };
  });
  await report.step('a write whose answer is lost is not sent again; its effect is found', async () => {
    const second = (await ask('The answer is lost')).content;
    link.loseAnswerOf(/^POST \S+\/issues /);
    await person.approve(second.approval.url);
    const done = await until('the outcome is known', 60, async () => {
      const answer = (await ask('The answer is lost', { confirmation_token: second.confirmation_token })).content;
      return answer.executed && answer;
    });
    report.keep('settled', done);
    return { ok: link.lost === 1 && await issues() === before + 2, found: `${link.lost} answer lost, ${await issues() - before - 1} issue created, ${done.status}` };
  });
  await report.step('every receipt verifies', async () => {
    const { code, output } = await product.verb('verify', '--log');
    return { ok: code === 0, found: output.trim().split('\n').at(-1) };
  });
}
