/** Throws a RangeError unless `taskCount` is a positive integer. */
export function requireTaskCount(taskCount: number): void {
  if (!(Number.isSafeInteger(taskCount) && taskCount > 0)) {
    throw new RangeError(`expected a positive number of tasks. Found ${taskCount}.`);
  }
}

/** Throws a RangeError unless `values` has one entry per task. */
export function requirePerTask(name: string, values: readonly unknown[], taskCount: number): void {
  if (values.length !== taskCount) {
    throw new RangeError(`expected ${name} for ${taskCount} tasks. Found ${values.length}.`);
  }
}

/** Throws a RangeError unless each value is a positive finite number: `requirePositive({ learningRate })`. */
export function requirePositive(values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`expected ${name} > 0. Found ${value}.`);
  }
}
