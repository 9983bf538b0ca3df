export type Cell = string | number | null;

/** A column that grows: numbers stand in a typed array of their own until something else comes. */
export class ColumnCells {
  #numbers: Float64Array | undefined = new Float64Array(1024);
  #mixed: Cell[] = [];
  #count = 0;

  get length(): number {
    return this.#numbers ? this.#count : this.#mixed.length;
  }

  push(cell: Cell): void {
    if (!this.#numbers) this.#mixed.push(cell);
    else if (typeof cell === 'number') this.#pushNumber(this.#numbers, cell);
    else {
      this.#mixed = Array.from(this.#numbers.subarray(0, this.#count));
      this.#numbers = undefined;
      this.#mixed.push(cell);
    }
  }

  #pushNumber(numbers: Float64Array, cell: number): void {
    if (this.#count === numbers.length) {
      this.#numbers = new Float64Array(2 * numbers.length);
      this.#numbers.set(numbers);
      this.#numbers[this.#count++] = cell;
    } else numbers[this.#count++] = cell;
  }

  /** All cells; a typed array where they are numbers, which the column goes on to use. */
  values(): ArrayLike<Cell> {
    return this.#numbers ? this.#numbers.subarray(0, this.#count) : this.#mixed;
  }
}
