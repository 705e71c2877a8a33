// Makes docs/conformance.md of the statements and of a run of the library's tests:
//   tests/SmallTalk.Stomp.Tests/bin/Debug/net10.0/SmallTalk.Stomp.Tests -result-ctrf run.json
//   node docs/conformance.mjs run.json            writes it
//   node docs/conformance.mjs run.json --check    fails when it would be written differently
import { readFileSync, writeFileSync } from 'node:fs';

const here = new URL('.', import.meta.url);
const [report, mode] = process.argv.slice(2);
const statements = readFileSync(new URL('../tests/SmallTalk.Stomp.Tests/Conformance/statements.md', here), 'utf8');
const tests = JSON.parse(readFileSync(report, 'utf8')).results.tests;

const runs = new Map(); // id → the tests that carry it
for (const test of tests) {
  const [type, method] = test.suite.slice(-2);
  for (const [id] of method.matchAll(/(?<![A-Za-z0-9])(S1[0-2]_\d\d|AMB_\d\d|K\d\d)(?=_)/g)) {
    const key = id.replace('_', '-');
    runs.set(key, [...(runs.get(key) ?? []), { type, status: test.status }]);
  }
}

function result(id) {
  const all = runs.get(id) ?? [];
  if (all.length === 0) return '**no test**';
  if (all.some((run) => run.status === 'failed')) return '**fails**';
  if (!all.some((run) => run.status === 'passed')) return '**not run**';
  const over = ['WebSocket', 'TCP'].filter((name) => all.some((run) => run.type.toLowerCase().endsWith(`over${name.toLowerCase()}`)));
  return over.length > 0 ? `holds: ${over.join(', ')}` : 'holds';
}

const [, ...sections] = statements.split(/^(?=## )/m);
const body = sections.join('').trimEnd().split('\n').map((line) => {
  const id = /^\| (S1[0-2]-\d\d|AMB-\d\d|K\d\d) \|/.exec(line)?.[1];
  if (id) return `${line} ${result(id)} |`;
  if (line.startsWith('| id |')) return `${line} result |`;
  return line.startsWith('|---') ? `${line}---|` : line;
});

const page = `# STOMP conformance

What the specifications of STOMP 1.0, 1.1 and 1.2 say, in our own words; what we do where they are silent; and the faults that other
servers and clients have had. Each has at least one test that carries its id in its name. The results are those of the run that made
this page (\`docs/conformance.mjs\`; \`./test.sh\` checks that it is current). "WebSocket, TCP": the tests run over both.

"Refused" means: an ERROR frame that reaches the client, then the close, no RECEIPT for that frame, and no effect of it or of later frames.
"Ours" is our choice where the specification leaves one.

${body.join('\n')}
`;

const target = new URL('conformance.md', here);
if (mode !== '--check') {
  writeFileSync(target, page);
} else if (readFileSync(target, 'utf8') !== page) {
  const [then, now] = [readFileSync(target, 'utf8').split('\n'), page.split('\n')];
  console.error('docs/conformance.md is not what this run says; node docs/conformance.mjs RUN.json writes it. The first line that differs:');
  console.error(now.find((line, i) => line !== then[i]) ?? then[now.length]);
  process.exit(1);
}
