const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const NULL_LENGTH = 'NULL'.length;

/**
 * Reads `{1,-2,NULL}`, one dimension of integers as PostgreSQL writes it, element by element. By their digits: the driver's own
 * reader of arrays allows for quotes, nesting and every type, and makes numbers also of what nobody asked for.
 */
export class ArrayText {
  private at = 1;
  private readonly end: number;

  constructor(private readonly text: string) {
    this.end = text.length - 1;
  }

  hasNext(): boolean {
    return this.at < this.end;
  }

  next(): number | null {
    const { text, end } = this;
    let { at } = this;
    let code = text.charCodeAt(at);
    if (code > NINE) {
      this.at = at + NULL_LENGTH + 1;
      return null;
    }
    const negative = code === MINUS;
    if (negative) code = text.charCodeAt(++at);
    let number = 0;
    while (code !== COMMA && at < end) {
      number = number * 10 + (code - ZERO);
      code = text.charCodeAt(++at);
    }
    this.at = at + 1;
    return negative ? -number : number;
  }

  skip(): void {
    const { text, end } = this;
    let { at } = this;
    while (at < end && text.charCodeAt(at) !== COMMA) at++;
    this.at = at + 1;
  }
}
