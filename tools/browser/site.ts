import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const types: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
};

const require = createRequire(import.meta.url);
const folderOf = (file: string) => dirname(require.resolve(file));

/** Where the .wasm files and their loaders are installed. */
const wasmFolders = () => [folderOf('onnxruntime-web'), folderOf('@tensorflow/tfjs-backend-wasm')];

/** The modules of a page, by their paths. Nothing stands in for Node's own modules: what needs them does not bundle. */
export async function bundled(entry: string): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: { page: entry },
    outdir: '/',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@polytask/source'],
    write: false,
    logLevel: 'silent',
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.replace(/^.*[\\/]/, '/'), contents]));
}

export type Site = AsyncDisposable & { readonly address: string };

/** Serves the page on this machine, isolated from other origins so that its WebAssembly may have threads. */
export async function site(): Promise<Site> {
  const modules = await bundled(fileURLToPath(new URL('page.ts', import.meta.url)));
  const html =
    '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';
  const find = (path: string): Uint8Array | undefined => {
    if (path === '/') return new TextEncoder().encode(html);
    const name = /^\/wasm\/([\w.-]+)$/.exec(path)?.[1];
    const file =
      name &&
      wasmFolders()
        .map((folder) => join(folder, name))
        .find((candidate) => existsSync(candidate));
    return file ? readFileSync(file) : modules.get(path);
  };
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const content = find(pathname);
    response.writeHead(content ? 200 : 404, {
      'content-type': types[pathname === '/' ? 'html' : pathname.replace(/^.*\./, '')] ?? 'text/plain',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  return {
    address: `http://127.0.0.1:${address.port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
