// Asks a node of this checkout what its HTTP interface is: docs/openapi.json, and from it src/lib/api/schema.d.ts.
//   npm run api            both
//   npm run api -- types   the types only, from the document as it stands
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { typesOf } from './apiTypes.js';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const document = at('../../docs/openapi.json');

if (process.argv[2] !== 'types') await writeFile(document, JSON.stringify(await ask(), null, 2) + '\n');
await writeFile(at('../src/lib/api/schema.d.ts'), await typesOf(await readFile(document, 'utf8')));

async function ask() {
  const data = await mkdtemp(`${tmpdir()}/smalltalk-`);
  const project = at('../../src/SmallTalk.Server');
  const args = ['run', '--project', project, '-p:BuildWeb=false', '--', '--urls', 'http://127.0.0.1:0', '--data', data];
  const node = spawn('dotnet', args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  try {
    let said = '';
    for await (const piece of node.stdout) {
      said += piece;
      const [, address] = said.match(/Open (http:\S+)/) ?? [];
      if (!address) continue;
      const response = await fetch(`${address}/openapi/v1.json`);
      const answer = await response.json();
      if (!response.ok) throw new Error(`The node does not describe itself: ${JSON.stringify(answer)}`);
      delete answer.servers; // of this run
      return answer;
    }
    throw new Error(`The node did not start:\n${said}`);
  } finally {
    const exit = new Promise((done) => node.once('exit', done));
    process.kill(-node.pid, 'SIGINT'); // `dotnet run` and the node itself
    await exit;
    await rm(data, { recursive: true });
  }
}
