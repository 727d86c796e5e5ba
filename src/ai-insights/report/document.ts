/** A part of a text that can be written in more than one form. Everything in it is plain text. */
export type Block =
  | { type: 'heading'; text: string }
  | { type: 'paragraph'; text: string }
  | { type: 'note'; text: string }
  | { type: 'list'; items: { text: string; details?: string[] }[] }
  | { type: 'table'; head: string[]; rows: string[][] }
  | { type: 'chart'; chart: Chart };

/** Values day by day, and what is expected of them. */
export interface Chart {
  title: string;
  /** First day (UTC) of the values. */
  from: string;
  /** Null where nothing is known. */
  lines: { name: string; values: (number | null)[] }[];
  /** Days after the values. */
  forecast: { date: string; median: number; lower: number; upper: number }[];
  /** As a person reads a value. */
  format: (value: number) => string;
  /** As of ranks: the lowest is at the top, and the scale is logarithmic. */
  isLowerBetter: boolean;
}

export interface Document {
  title: string;
  blocks: Block[];
}
