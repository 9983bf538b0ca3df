/**
 * The nodes in an order in which each comes after those it needs; among those that are ready, the first listed comes first (Kahn 1962).
 *
 * @param needs for each node those that come before it.
 * @throws RangeError naming the nodes of a cycle, when there is one.
 */
export function topologicalOrder(
  nodes: readonly string[],
  needs: (node: string) => readonly string[],
  what = 'tasks',
): string[] {
  const order: string[] = [];
  const done = new Set<string>();
  while (order.length < nodes.length) {
    const next = nodes.find((node) => !done.has(node) && needs(node).every((one) => done.has(one)));
    if (next === undefined) {
      const cycle = cycleAmong(
        nodes.filter((node) => !done.has(node)),
        (node) => needs(node).filter((one) => !done.has(one)),
      );
      throw new RangeError(`${what}: expected no cycle. Found ${cycle.join(' → ')}.`);
    }
    done.add(next);
    order.push(next);
  }
  return order;
}

/** A cycle where every node needs another one of them, its first node again at the end. */
function cycleAmong(nodes: readonly string[], needs: (node: string) => readonly string[]): string[] {
  const path: string[] = [];
  let node = nodes[0]!;
  while (!path.includes(node)) {
    path.push(node);
    node = needs(node)[0]!;
  }
  return [...path.slice(path.indexOf(node)), node];
}
