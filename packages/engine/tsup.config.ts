import { library } from '../../tools/tsup.ts';

// The worker is a file of its own, which index.js starts.
export default library({
  entry: ['src/index.ts', 'src/session-worker.js'],
  dts: { entry: 'src/index.ts' },
});
