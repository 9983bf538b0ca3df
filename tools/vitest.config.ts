import { tests } from './vitest.ts';

export default tests({
  include: ['*.test.ts', 'bench/**/*.test.ts', 'browser/**/*.test.ts', 'lib/**/*.test.ts', 'targets/**/*.test.ts'],
});
