import { type Problem, quote } from '@polytask/base';

type Carried = { readonly task: string; readonly label: string | number | null; readonly units: readonly number[] };

/** Notes (E2302) on labels that cannot stand in every part, one or two per task; of folds, where no part is for training, one. */
export function rareLabels(strata: readonly Carried[], parts: number, part: 'part' | 'fold' = 'part'): Problem[] {
  const notes: Problem[] = [];
  for (const task of new Set(strata.map((stratum) => stratum.task))) {
    const rare = strata.filter((own) => own.task === task && own.label !== null && own.units.length < parts);
    const single = rare.filter(({ units }) => part === 'part' && units.length === 1);
    const few = rare.filter((own) => !single.includes(own));
    const path = `tasks.${task}`;
    if (single.length > 0) {
      const message = `Labels with a single example go to the training part while it has room: ${list(single)}.`;
      notes.push({ code: 'E2302', path, message, count: single.length });
    }
    if (few.length > 0) {
      const message = `Labels with fewer examples than there are ${part}s (${parts}) are missing in some ${part}: ${list(few)}.`;
      notes.push({ code: 'E2302', path, message, count: few.length });
    }
  }
  return notes;
}

function list(strata: readonly Carried[]): string {
  const labels = strata.map(({ label }) => quote(label)).sort();
  return labels.length > 5 ? `${labels.slice(0, 5).join(', ')}, …` : labels.join(', ');
}
