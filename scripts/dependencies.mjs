// docs/dependencies.md from the lock files: see scripts/dependencies.sh.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const target = 'docs/dependencies.md';
const store = process.env.NUGET_PACKAGES ?? join(homedir(), '.nuget/packages');
/** Licences that this project takes; another one is an error here, to be looked at by a person. */
const taken = new Set(['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'ISC', 'MPL-2.0', 'PostgreSQL', 'Microsoft .NET Library License', 'Microsoft SNI runtime licence', 'public domain']);
const problems = [];

// --- NuGet ---------------------------------------------------------------------------------------------------------
function lock(project) {
  const found = new Map();
  for (const packages of Object.values(JSON.parse(readFileSync(`${project}/packages.lock.json`, 'utf8')).dependencies)) {
    for (const [name, entry] of Object.entries(packages)) if (entry.type !== 'Project') found.set(`${name} ${entry.resolved}`, { name, version: entry.resolved, direct: entry.type === 'Direct' });
  }
  return found;
}

/** The licence as the package states it: an SPDX expression, or a licence file that is known by its words. */
function licence({ name, version }) {
  const folder = join(store, name.toLowerCase(), version.toLowerCase());
  const specification = join(folder, `${name.toLowerCase()}.nuspec`);
  if (!existsSync(specification)) {
    problems.push(`${name} ${version} is not in ${store}: run dotnet restore first.`);
    return '?';
  }
  const text = readFileSync(specification, 'utf8');
  const expression = /<license type="expression">([^<]+)</.exec(text)?.[1];
  if (expression) return expression;
  const file = /<license type="file">([^<]+)</.exec(text)?.[1];
  const words = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '';
  if (/Permission is hereby granted, free of charge/.test(words)) return 'MIT';
  if (/Apache License\s+Version 2\.0/.test(words)) return 'Apache-2.0';
  if (/MICROSOFT SOFTWARE LICENSE TERMS/.test(words)) return /\.NET LIBRARY/i.test(words) ? 'Microsoft .NET Library License' : 'Microsoft SNI runtime licence';
  if (/SQLite is Public Domain/.test(words)) return 'public domain';
  const url = /<licenseUrl>([^<]+)</.exec(text)?.[1] ?? '';
  if (/github\.com\/dotnet\/.*LICENSE/i.test(url)) return 'MIT';
  if (/xunit\/xunit\/master\/license/.test(url)) return 'Apache-2.0';
  problems.push(`${name} ${version} states no licence that is known here (${file ?? url}).`);
  return '?';
}

const [web, modules, tests] = ['OmniAudit.Web', 'OmniAudit.Modules', 'OmniAudit.Tests'].map(lock);
const directly = new Set([...web.values(), ...modules.values()].filter(p => p.direct).map(p => p.name));
const props = readFileSync('Directory.Build.props', 'utf8');
const isAnalyser = p => new RegExp(`PackageReference Include="${p.name}" PrivateAssets="all"`).test(props);
const shipped = [...web].filter(([, p]) => !isAnalyser(p)).map(([, p]) => p);
const runtimePack = { name: 'Microsoft.AspNetCore.App.Runtime.linux-x64', version: /<BlazorScriptRuntimePack>([^<]+)</.exec(readFileSync('OmniAudit.Web/BlazorScript.targets', 'utf8'))[1] };
const building = [...[...modules].filter(([key, p]) => !web.has(key) || isAnalyser(p)).map(([, p]) => p), runtimePack];
const testing = [...tests].filter(([key]) => !web.has(key) && !modules.has(key)).map(([, p]) => p);

// --- npm -----------------------------------------------------------------------------------------------------------
const npm = Object.entries(JSON.parse(readFileSync('OmniAudit.Tests/Clients/package-lock.json', 'utf8')).packages)
  .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.link)
  .map(([path, entry]) => ({ name: path.slice(path.lastIndexOf('node_modules/') + 13), version: entry.version, licence: entry.license ?? 'none stated' }));

// --- the page ------------------------------------------------------------------------------------------------------
const order = (a, b) => a.name.toLowerCase() < b.name.toLowerCase() ? -1 : a.name.toLowerCase() > b.name.toLowerCase() ? 1 : a.version < b.version ? -1 : 1;
function rows(packages, mark = () => '') {
  const lines = packages.map(p => ({ ...p, licence: licence(p) })).sort(order);
  for (const p of lines) if (p.licence !== '?' && !p.licence.replace(/[()]/g, '').split(' OR ').some(choice => choice.split(' AND ').every(l => taken.has(l)))) problems.push(`${p.name} ${p.version}: the licence ${p.licence} was not looked at yet (scripts/dependencies.mjs, "taken").`);
  return ['| package | version | licence |', '|---|---|---|', ...lines.map(p => `| ${p.name}${mark(p)} | ${p.version} | ${p.licence} |`)].join('\n');
}
const counts = new Map();
for (const p of npm) counts.set(p.licence, (counts.get(p.licence) ?? 0) + 1);
const packagesOf = text => [...text.matchAll(/[a-z0-9][a-z0-9.+-]+/g)].map(m => m[0]);
const debian = packagesOf(/--no-install-recommends\s+([\s\S]*?)&&/.exec(readFileSync('Dockerfile', 'utf8').replaceAll('\\\n', ' '))[1]);

const page = `# Dependencies

<!-- Generated by scripts/dependencies.sh from the lock files and the packages' own statements. -->

Versions are fixed by the lock files; a restore in CI refuses others. **Bold**: named by a project of ours, the rest comes with them.

## In the product

${rows(shipped, p => directly.has(p.name) ? ' **(direct)**' : '').replace(/\| (\S+) \*\*\(direct\)\*\*/g, '| **$1**')}

Microsoft.Playwright contains Playwright's driver (Apache-2.0) and Node.js (MIT, with the notices in its \`LICENSE\`), Deque.AxeCore.* contain axe-core (MPL-2.0), the SQLite library is in the public domain. .NET and ASP.NET Core are under the MIT licence.

## To build it

${rows(building)}

The runtime pack gives one file, \`blazor.web.js\`, which goes into the product ([decision 0001](decisions/0001-blazors-script.md)).

## To test it

${rows(testing)}

Clients that the tests drive, from npm: ${npm.length} packages of \`OmniAudit.Tests/Clients/package-lock.json\`; by licence: ${[...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name, count]) => `${name} (${count})`).join(', ')}.

## From Debian, in the image

${debian.map(name => `\`${name}\``).join(', ')}, with what they depend on. Their licences are in the image below \`/usr/share/doc\`.
`;

if (problems.length) {
  problems.forEach(p => console.error(p));
  process.exit(1);
}
if (process.argv[2] === '--check') {
  const there = existsSync(target) ? readFileSync(target, 'utf8').split('\n') : [];
  const wanted = page.split('\n');
  const differ = [...wanted.filter(l => !there.includes(l)).map(l => `+ ${l}`), ...there.filter(l => !wanted.includes(l)).map(l => `- ${l}`)];
  if (there.join('\n') !== page) {
    console.error(`${target} is not up to date; write it anew: scripts/dependencies.sh\n${differ.join('\n')}`);
    process.exit(1);
  }
} else {
  writeFileSync(target, page);
}
