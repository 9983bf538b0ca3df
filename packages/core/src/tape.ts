import * as tf from '@tensorflow/tfjs-core';

type Tape = ReturnType<typeof tf.engine>['state']['activeTape'];

/**
 * Puts the recorded operations in an order in which each comes after those that made its inputs.
 *
 * tfjs records the copy of an output that it saves for the backward pass before the operation that makes the output, and its backward pass
 * takes the order of the tape for the order of dependence: gradients of gradients would miss what flows through saved outputs. It also
 * stumbles over optional inputs that were not given; they are removed.
 */
export function orderTape(): void {
  const { state } = tf.engine();
  const maker = new Map<number, Tape[number]>();
  for (const node of state.activeTape) for (const { id } of node.outputs) maker.set(id, node);
  const entered = new Set<Tape[number]>();
  const ordered = new Set<Tape[number]>();
  const waiting: Tape = [];
  for (const root of state.activeTape) {
    waiting.push(root);
    while (waiting.length > 0) {
      const node = waiting.at(-1)!;
      if (entered.has(node)) {
        ordered.add(node);
        waiting.pop();
        continue;
      }
      entered.add(node);
      for (const [name, input] of Object.entries<tf.Tensor | undefined>(node.inputs)) {
        const made = input && maker.get(input.id);
        if (made && !entered.has(made)) waiting.push(made);
        if (!input) delete node.inputs[name];
      }
    }
  }
  state.activeTape = [...ordered];
}
