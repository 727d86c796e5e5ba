import { Block, Document } from './document';

/** CommonMark with tables. Charts are told by their first, last, lowest and highest value. */
export function toMarkdown({ title, blocks }: Document): string {
  return `${[`# ${escape(title)}`, ...blocks.map(blockMarkdown)].filter((part) => part !== '').join('\n\n')}\n`;
}

function blockMarkdown(block: Block): string {
  switch (block.type) {
    case 'heading':
      return `## ${escape(block.text)}`;
    case 'paragraph':
      return escape(block.text);
    case 'note':
      return `> ${escape(block.text)}`;
    case 'list':
      return block.items
        .map(({ text, details = [] }) =>
          [`- ${escape(text)}`, ...details.map((one) => `  - ${escape(one)}`)].join('\n'),
        )
        .join('\n');
    case 'table':
      return [
        row(block.head),
        row(block.head.map(() => '---')),
        ...block.rows.map((cells) => row(cells.map(escape))),
      ].join('\n');
    case 'chart': {
      const { title, lines, format } = block.chart;
      const told = lines.flatMap(({ name, values }) => {
        const known = values.filter((value) => value !== null);
        const [first, last] = [known[0], known.at(-1)];
        if (first === undefined || last === undefined) return [];
        const text = `${name}, by day: first ${format(first)}, last ${format(last)}, lowest ${format(Math.min(...known))}, highest ${format(Math.max(...known))}`;
        return [`- ${escape(text)}`];
      });
      return told.length === 0 ? '' : [`**${escape(title)}**`, '', ...told].join('\n');
    }
  }
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** What others wrote is text: nothing of it is a link, a picture, markup or the beginning of a line. */
function escape(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]<>|~&]/g, (letter) => `\\${letter}`)
    .replace(/:\/\/|@/g, (sign) => `\\${sign}`)
    .replace(/\bwww\./gi, (start) => start.replace('.', '\\.'))
    .replace(/^[-+#=]/, (sign) => `\\${sign}`)
    .replace(/^(\d+)([.)])/, '$1\\$2');
}
