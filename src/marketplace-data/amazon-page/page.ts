import { CheerioAPI, load } from 'cheerio/slim';
import { AnyNode, DomHandler, Element, isTag, isText } from 'domhandler';
import { Parser } from 'htmlparser2';
import { vendorText } from '../../common/text';

/** Amazon's pages have 10,000 to 20,000 elements, nested to about 60. Beyond these bounds walking a page takes too long. */
const MAX_DEPTH = 500;
const MAX_ELEMENTS = 200_000;

/** A page made to keep its reader busy. */
export class UnboundedPage extends Error {}

class BoundedDomHandler extends DomHandler {
  private elements = 0;

  override onopentag(name: string, attributes: Record<string, string>): void {
    if (++this.elements > MAX_ELEMENTS) throw new UnboundedPage('the page has too many elements');
    if (this.tagStack.length > MAX_DEPTH) throw new UnboundedPage('the page is nested too deeply');
    super.onopentag(name, attributes);
  }
}

/** `#a`, `[id^="a"]` or `[id*="a"]`, and what is asked for below it. */
const BY_ID = /^(?:#(?<id>[\w.-]+)|\[id(?<how>[\^*])="(?<part>[^"]+)"\])(?: (?<below>.+))?$/;

/**
 * A page as a tree. Most questions start at an element with an id; these are found in an index, as walking the ten thousand
 * elements of a page once a question takes longer than reading it.
 */
export class Page {
  private readonly $: CheerioAPI;
  private readonly byId = new Map<string, Element[]>();

  constructor(readonly html: string) {
    const handler = new BoundedDomHandler();
    new Parser(handler).end(html);
    this.$ = load(handler.root);
    // What is never shown.
    this.$('script, style, noscript, template').remove();
    for (const element of this.$<Element, string>('[id]').toArray()) {
      const id = element.attribs['id'] ?? '';
      const others = this.byId.get(id);
      if (others) others.push(element);
      else this.byId.set(id, [element]);
    }
  }

  /** Elements in page order for each selector of the list in turn. */
  *all(...selectors: string[]): Generator<Element> {
    for (const selector of selectors) yield* this.select(selector);
  }

  first(...selectors: string[]): Element | undefined {
    return this.all(...selectors).next().value as Element | undefined;
  }

  has(...selectors: string[]): boolean {
    return this.first(...selectors) !== undefined;
  }

  attribute(selector: string, name: string): string | undefined {
    return this.first(selector)?.attribs[name];
  }

  below(element: Element, selector: string): Element[] {
    return this.$(element).find(selector).toArray();
  }

  /** The nearest element around and including this one that fits. */
  closest(element: Element, selector: string): Element | undefined {
    return this.$(element).closest(selector).toArray()[0] as Element | undefined;
  }

  /** What an element, or the first one a selector finds, shows: one line, without invisible characters. */
  text(what: AnyNode | string | undefined): string {
    const node = typeof what === 'string' ? this.first(what) : what;
    return node ? collapse(shownText(node, ' ')) : '';
  }

  /** What an element shows, line by line. */
  lines(element: Element): string[] {
    return shownText(element, '\n')
      .split('\n')
      .map(collapse)
      .filter((line) => line !== '');
  }

  private select(selector: string): Element[] {
    const { id, how, part = '', below } = BY_ID.exec(selector)?.groups ?? {};
    if (id === undefined && how === undefined) return this.$<Element, string>(selector).toArray();
    const found =
      id === undefined
        ? [...this.byId].flatMap(([key, elements]) =>
            (how === '^' ? key.startsWith(part) : key.includes(part)) ? elements : [],
          )
        : (this.byId.get(id) ?? []);
    return below === undefined ? found : this.$(found).find(below).toArray();
  }
}

/** Elements whose content starts on a line of its own. */
const BREAKS: ReadonlySet<string> = new Set([
  'br',
  'div',
  'p',
  'li',
  'tr',
  'td',
  'th',
  'h1',
  'h2',
  'h3',
  'ul',
  'table',
]);

function shownText(node: AnyNode, lineBreak: string): string {
  if (isText(node)) return node.data.replace(/\s+/g, ' ');
  if (!('children' in node)) return '';
  const text = node.children.map((child) => shownText(child, lineBreak)).join('');
  return isTag(node) && BREAKS.has(node.name) ? lineBreak + text + lineBreak : text;
}

export function collapse(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u00A0\u202F]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A text to keep: without control characters and markup, cut to `limit` characters; undefined when nothing is left. */
export function keptText(text: string | undefined, limit: number): string | undefined {
  if (text === undefined) return undefined;
  const plain = vendorText(text, limit);
  return plain === '' ? undefined : plain;
}
