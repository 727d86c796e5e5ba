import { types } from 'pg';

/** Types `int2[]` and `int4[]`. */
const INTEGER_ARRAYS = [1005, 1007];
const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
const NULL_LENGTH = 'NULL'.length;

/** Reads arrays of integers by their digits: the driver's own reader of arrays allows for quotes, nesting and every type. */
export function useFastIntegerArrays(): void {
  // The driver's list of types leaves arrays out.
  const set = types.setTypeParser as (type: number, parse: (text: string) => unknown) => void;
  for (const type of INTEGER_ARRAYS) set(type, parseIntegerArray);
}

/** A parameter: the driver's own writer puts quotes around every element. */
export function integerArray(numbers: readonly (number | null)[]): string {
  return `{${numbers.map((number) => number ?? 'NULL').join()}}`;
}

/** `{1,-2,NULL}`, one dimension, as PostgreSQL writes it. */
export function parseIntegerArray(text: string): (number | null)[] {
  const numbers: (number | null)[] = [];
  const end = text.length - 1;
  let at = 1;
  while (at < end) {
    let code = text.charCodeAt(at);
    if (code > 57) {
      numbers.push(null);
      at += NULL_LENGTH + 1;
      continue;
    }
    const negative = code === MINUS;
    if (negative) code = text.charCodeAt(++at);
    let number = 0;
    while (code !== COMMA && at < end) {
      number = number * 10 + (code - ZERO);
      code = text.charCodeAt(++at);
    }
    numbers.push(negative ? -number : number);
    at++;
  }
  return numbers;
}
