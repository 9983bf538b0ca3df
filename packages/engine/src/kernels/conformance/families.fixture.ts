import { composedFamilies } from './composed.fixture.ts';
import { einsumFamilies } from './einsum.fixture.ts';
import { elementwiseFamilies } from './elementwise.fixture.ts';
import type { Family } from './family.fixture.ts';
import { imageFamilies } from './image.fixture.ts';
import { gatherFamilies, linearFamilies } from './linear.fixture.ts';
import { normalizeFamilies } from './normalize.fixture.ts';
import { reduceFamilies } from './reduce.fixture.ts';
import { scatterFamilies } from './scatter.fixture.ts';
import { shapeFamilies } from './shape.fixture.ts';
import { sortFamilies } from './sort.fixture.ts';
import { spaceFamilies } from './space.fixture.ts';
import { windowFamilies } from './window.fixture.ts';

/** All kernels but those of convolutions and pools over images, which have tests of their own. */
export const families: readonly Family[] = [
  ...composedFamilies,
  ...einsumFamilies,
  ...elementwiseFamilies,
  ...gatherFamilies,
  ...imageFamilies,
  ...linearFamilies,
  ...normalizeFamilies,
  ...reduceFamilies,
  ...scatterFamilies,
  ...shapeFamilies,
  ...sortFamilies,
  ...spaceFamilies,
  ...windowFamilies,
];
