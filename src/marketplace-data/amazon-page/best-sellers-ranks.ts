import type { Element } from 'domhandler';
import { readCount, toWesternDigits } from './amount';
import { Page } from './page';
import { RANK_CONNECTOR, RANK_LABEL, TOP_LIST_NOTE } from './phrases';

/** One of Amazon's Best Sellers Ranks. */
export interface BestSellersRank {
  rank: number;
  /** Levels joined with ` > ` where the page shows them. */
  category: string;
  /** True for the rank in a whole department. */
  isRoot: boolean;
}

/** Where pages of all years keep the facts of a product, in order of trust. */
const DETAIL_SECTIONS = [
  '#SalesRank',
  '#productDetails_detailBullets_sections1',
  '#detailBulletsWrapper_feature_div',
  '#detailBullets_feature_div',
  '#prodDetails',
  '#productDetails_db_sections',
  '#productDetailsTable',
  '#detail-bullets',
  '#productDetails_feature_div',
  '#productFactsDesktopExpander',
  '#dp-container',
  'body',
];
const LIST_LINK = 'a[href*="/bestsellers/"], a[href*="/zgbs/"]';
/** Link to the list of one category below a department: /gp/bestsellers/kitchen/289754. */
const CATEGORY_LINK = /\/(?:bestsellers|zgbs)\/[^/?]+\/\d+/;

/** Before a further rank in the same line: `#3`, `Nr. 3`, `n° 3`. The first one may stand without. */
const NEXT_RANK = /(?:^|\s)(?=(?:#|№|n[º°.]{1,2}|nr\.?|no\.|pozycja)\s?\d)/giu;
/** The same where a line begins with a rank in the manner of Japan, `- 3位`; elsewhere the dash stands behind the category. */
const NEXT_JAPANESE_RANK = /(?:^|\s)(?=-\s?\d[\d,.]*\s?位)/gu;

/** Ranks in page order; empty where the page shows none. */
export function readBestSellersRanks(page: Page): BestSellersRank[] {
  for (const section of page.all(...DETAIL_SECTIONS)) {
    const row = findRow(page, section);
    const ranks = row ? readRow(page, row) : [];
    if (ranks.length > 0) return ranks;
  }
  return [];
}

/** The row with the label; in a language we do not know, the row that links to lists of best sellers. */
function findRow(page: Page, section: Element): Element | undefined {
  const id = section.attribs['id'];
  if (id === 'SalesRank') return section;
  const linksToLists = (row: Element) => page.below(row, LIST_LINK).length > 0;
  const rows = page.below(section, 'tr, li');
  const labelled = rows.find((row) => RANK_LABEL.test(labelOf(page, row)));
  if (labelled) return labelled;
  // Navigation links to the same lists, so the links alone count only among the product's details.
  if (section.name === 'body' || id === 'dp-container') return undefined;
  return rows.find((row) => linksToLists(row) && /\d/.test(page.text(row)));
}

function labelOf(page: Page, row: Element): string {
  const [label] = page.below(row, 'th, td, b, .a-text-bold, .label');
  return page.text(label).slice(0, 120);
}

function readRow(page: Page, row: Element): BestSellersRank[] {
  const links = page.below(row, LIST_LINK);
  const ranks = linesOf(page, row)
    .flatMap((line) => line.split(/^-\s?\d/.test(line) ? NEXT_JAPANESE_RANK : NEXT_RANK))
    .flatMap((part) => readPart(part) ?? []);
  const anyNoted = ranks.some(({ noted }) => noted);
  return ranks.map(({ rank, category, noted }, index) => ({
    rank,
    category,
    isRoot: noted || (!anyNoted && index === 0 && isDepartment(page, category, links)),
  }));
}

/** The lines of a row without its label; a note in brackets stays on one line. */
function linesOf(page: Page, row: Element): string[] {
  const lines: string[] = [];
  for (const line of page.lines(row)) {
    const last = lines.at(-1) ?? '';
    if (count(last, '(') > count(last, ')')) lines[lines.length - 1] = `${last} ${line}`;
    else lines.push(line);
  }
  return lines.map((line) => {
    const label = RANK_LABEL.exec(line);
    // The note behind a rank may hold the same words.
    const value =
      label && !/\d/.test(toWesternDigits(line.slice(0, label.index)))
        ? line
            .slice(label.index + label[0].length)
            .replace(/^\s*(?:d'amazon|(?:di|de|von|da|van) amazon)?\s*[:：]?/i, '')
        : line;
    return toWesternDigits(value).trim();
  });
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

function readPart(part: string): (BestSellersRank & { noted: boolean }) | undefined {
  let noted = false;
  const text = part.replace(/\([^()]*\)/g, (note) => {
    if (!TOP_LIST_NOTE.test(note)) return note;
    noted = true;
    return ' ';
  });
  const match = /^(\D*?)(\d+(?:[.,'’\s]\d{2,3})*)\.?\s?(?:位\s?)?(.*)$/su.exec(text.trim());
  if (!match) return undefined;
  const [, before = '', digits = '', after = ''] = match;
  const rank = readCount(digits);
  // In Turkish and in newer Japanese pages the category comes first.
  const category = (/\p{L}/u.test(after) ? after : before)
    .replace(/\s*[>›»]\s*/g, ' > ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^[-–:]\s*/, '')
    .replace(RANK_CONNECTOR, '')
    .replace(/\s+kategorisinde$/i, '')
    .replace(/[\s,;:·-]+$/u, '')
    .trim();
  if (rank === undefined || rank < 1 || category === '') return undefined;
  return { rank, category, isRoot: false, noted };
}

/** Where no rank has the note of a department: the first is one when it links to a department's list. */
function isDepartment(page: Page, category: string, links: Element[]): boolean {
  if (category.includes('>')) return false;
  const link = links.find((candidate) => {
    const name = page.text(candidate);
    return name !== '' && category.includes(name);
  });
  return link !== undefined && !CATEGORY_LINK.test(link.attribs['href'] ?? '');
}
