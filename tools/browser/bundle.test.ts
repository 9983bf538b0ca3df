import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { workspacePackages } from '../lib/workspace.ts';
import { bundled } from './site.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Run folders are files on a disk, and nothing else. */
const forNode = new Set(['@polytask/run']);

test('every library but run bundles for a browser without stand-ins for Node’s modules', async () => {
  const members = workspacePackages(root).filter(
    ({ path, manifest }) => path.startsWith('packages/') && !forNode.has(manifest.name),
  );
  const folder = mkdtempSync(join(tmpdir(), 'polytask-bundle-'));
  try {
    const entry = join(folder, 'all.ts');
    const indexes = members.map((member) => JSON.stringify(join(member.folder, 'src', 'index.ts')));
    writeFileSync(entry, indexes.map((index, at) => `export * as package${at} from ${index};\n`).join(''));

    const modules = await bundled(entry);

    expect(members.map(({ manifest }) => manifest.name)).toContain('@polytask/train');
    expect([...modules.keys()]).toContain('/page.js');
    for (const [name, content] of modules)
      expect(new TextDecoder().decode(content), name).not.toMatch(/\b(?:from|import\(|require\()\s*["']node:/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
