/**
 * Writes src/tfjs-gradients.generated.js: tfjs-core's gradient definitions, registered in the one tfjs-core instance of the process.
 *
 * tfjs-core registers no gradients in Node, and its own `register_all_gradients` cannot be imported there. Bundling it naively would bundle a
 * second tfjs-core with its own engine. So every public name (ops, kernel names, Tensor, env, registerGradient) is pointed at
 * '@tensorflow/tfjs-core', and only helpers that are not public are bundled.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const tfjs = require('@tensorflow/tfjs-core');
const dist = join(dirname(require.resolve('@tensorflow/tfjs-core/package.json')), 'dist');

const exportedNames = (source) => [
  ...[...source.matchAll(/^export (?:async )?(?:const|let|var|function|class) (\w+)/gm)].map((match) => match[1]),
  ...[...source.matchAll(/^export \{([^}]*)\}/gm)].flatMap((match) =>
    match[1].split(',').map((part) => part.trim().split(' as ').pop()),
  ),
];

/** Files whose public names carry identity or state; names that are not public stay out, so that importing one fails the build. */
const shared = new Set(['kernel_names.js', 'environment.js', 'kernel_registry.js', 'globals.js']);

/** Files that only collect public names. */
const whole = new Set(['base.js', 'gradients.js', 'index.js']);

const oneInstance = {
  name: 'one-tfjs-core',
  setup({ onLoad }) {
    onLoad({ filter: /tfjs-core[\\/]dist[\\/].*\.js$/ }, ({ path }) => {
      const file = relative(dist, path).replaceAll('\\', '/');
      if (file.startsWith('gradients/') || file === 'register_all_gradients.js') return null;
      if (file === 'engine.js') {
        return {
          contents: "import { engine } from '@tensorflow/tfjs-core';\nexport const ENGINE = engine();",
          loader: 'js',
        };
      }
      if (whole.has(file)) return { contents: "export * from '@tensorflow/tfjs-core';", loader: 'js' };
      if (file === 'tensor.js') {
        const names =
          "import { Tensor } from '@tensorflow/tfjs-core';\nexport const getGlobalTensorClass = () => Tensor;";
        return {
          contents: `${names}\nexport { Tensor, TensorBuffer, Variable } from '@tensorflow/tfjs-core';`,
          loader: 'js',
        };
      }
      const names = exportedNames(readFileSync(path, 'utf8'));
      const open = names.filter((name) => name in tfjs);
      const redirect =
        shared.has(file) || (file.startsWith('ops/') && names.length > 0 && open.length === names.length);
      return redirect
        ? { contents: `export { ${open.join(', ')} } from '@tensorflow/tfjs-core';`, loader: 'js' }
        : null;
    });
  },
};

const output = join(here, 'src/tfjs-gradients.generated.js');
await build({
  entryPoints: [join(dist, 'register_all_gradients.js')],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  outfile: output,
  plugins: [
    {
      name: 'keep-core-external',
      setup({ onResolve }) {
        onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({ path: '@tensorflow/tfjs-core', external: true }));
      },
    },
    oneInstance,
  ],
  logLevel: 'warning',
});
// Without it the declaration bundle would inline the generated module.
writeFileSync(output.replace(/\.js$/, '.d.ts'), 'export {};\n');
