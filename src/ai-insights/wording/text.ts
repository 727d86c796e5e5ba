import { Statement } from '../statement';

export type SectionName = 'what_happened' | 'why' | 'consider';

export interface ToWrite {
  sections: { name: SectionName; statements: Statement[] }[];
}

export interface Paragraph {
  section: SectionName;
  text: string;
  /** Keys of the statements that it tells. */
  statements: string[];
}

export interface Text {
  headline: string;
  paragraphs: Paragraph[];
}
