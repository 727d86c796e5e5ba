import { escapeHtml } from '../../common/text';
import { drawChart, legendOf } from './chart';
import { Block, Document } from './document';

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;color:#111827;max-width:760px;margin:2rem auto;padding:0 1rem}' +
  'h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #e5e7eb;padding-bottom:.25rem}' +
  'table{border-collapse:collapse;width:100%;font-size:13px}th,td{text-align:left;padding:.3rem .5rem;border-bottom:1px solid #e5e7eb}' +
  '.note{background:#fef3c7;padding:.5rem .75rem;border-radius:4px}small,.legend{color:#4b5563;font-size:12px}' +
  '.short,.legend span{white-space:nowrap}figure{margin:1rem 0}svg{width:100%;height:auto}li{margin:.4rem 0}small{display:block}' +
  '@media print{body{margin:0;max-width:none}h2{break-after:avoid}figure,table{break-inside:avoid}}';

/** Characters up to which a cell is not broken. */
const SHORT = 14;

/** One page that needs nothing else: no script, no address to load from. */
export function toHtml({ title, blocks }: Document): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
    `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><h1>${escapeHtml(title)}</h1>` +
    `${blocks.map(blockHtml).join('\n')}</body></html>\n`
  );
}

function blockHtml(block: Block): string {
  switch (block.type) {
    case 'heading':
      return `<h2>${escapeHtml(block.text)}</h2>`;
    case 'paragraph':
      return `<p>${escapeHtml(block.text)}</p>`;
    case 'note':
      return `<p class="note">${escapeHtml(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items
        .map(
          ({ text, details = [] }) =>
            `<li>${escapeHtml(text)}${details.map((detail) => `<small>${escapeHtml(detail)}</small>`).join('')}</li>`,
        )
        .join('')}</ul>`;
    case 'table':
      return (
        `<table><thead><tr>${block.head.map((cell) => `<th>${escapeHtml(cell)}</th>`).join('')}</tr></thead><tbody>` +
        `${block.rows.map((row) => `<tr>${row.map((cell) => `<td${cell.length <= SHORT ? ' class="short"' : ''}>${escapeHtml(cell)}</td>`).join('')}</tr>`).join('')}</tbody></table>`
      );
    case 'chart': {
      const svg = drawChart(block.chart);
      if (svg === null) return '';
      const legend = legendOf(block.chart)
        .map(({ name, stroke }) => `<span><b style="color:${stroke}">■</b> ${escapeHtml(name)}</span>`)
        .join(' &#160; ');
      return `<figure><figcaption><strong>${escapeHtml(block.chart.title)}</strong> <span class="legend">${legend}</span></figcaption>${svg}</figure>`;
    }
  }
}
