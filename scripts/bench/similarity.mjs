import { parse } from 'csv-parse/sync';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { built, withServer } from '../built.mjs';
import { ROOT, Trouble } from '../step.mjs';

/** The labelled sets that stand beside the repository where it is developed; they are other people's and not part of it. */
const SETS = join(ROOT, '..', 'shared', 'fixtures', 'datasets');
const DEFAULTS = ['amazon-in-products/products.csv.gz', 'ditto/Abt-Buy/test.txt.gz', 'ditto/Amazon-Google/test.txt.gz'];

/** Our similarity beside pg_trgm's and the tf-idf cosine, of titles both: `[{ dataset, method, metric, value }]`. */
export async function run(files) {
  const sets = (files.length > 0 ? files : DEFAULTS.map((name) => join(SETS, name))).map((file) => {
    if (!existsSync(file)) throw new Trouble(`${file} is not there; name a set of your own with --file`);
    return read(file);
  });
  const results = [];
  await withTrigrams(async (trigrams) => {
    for (const set of sets)
      results.push(...(set.pairs ? await rankPairs(set, trigrams) : await rankProducts(set, trigrams)));
  });
  return results;
}

function read(file) {
  const raw = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(raw) : raw).toString('utf8').replace(/^\uFEFF/, '');
  const name = `${basename(dirname(file))}/${basename(file)}`;
  return /^COL \S+ VAL /.test(text) ? readPairs(name, text) : readProducts(name, text);
}

const NOTHING = {
  title: null,
  bullets: null,
  brand: null,
  categoryPath: null,
  price: null,
  bsr: null,
  bsrCategory: null,
};

/** Products with the category as a label only: the scorer never sees it. */
function readProducts(name, text) {
  const rows = parse(text, { columns: true, relax_column_count: true });
  const column = (row, ...names) =>
    names.map((key) => row[key]).find((value) => value !== undefined && value !== '') ?? null;
  const labelled = rows.map((row) => ({
    label: (column(row, 'category', 'categories', 'leaf_category') ?? '').split('|').at(-1).trim(),
    listing: {
      ...NOTHING,
      title: column(row, 'product_name', 'title', 'name'),
      bullets: column(row, 'about_product', 'bullets', 'description'),
      brand: column(row, 'brand', 'manufacturer'),
      price: amount(column(row, 'discounted_price', 'price', 'final_price')),
    },
  }));
  if (!labelled.some(({ label }) => label)) throw new Trouble(`${name} has no column category`);
  return { name, listings: labelled.map(({ listing }) => listing), labels: labelled.map(({ label }) => label) };
}

/** `left TAB right TAB label`, each side as `COL name VAL value`. */
function readPairs(name, text) {
  const listings = [];
  const places = new Map();
  const place = (side, record) => {
    const key = `${side} ${record}`;
    if (!places.has(key)) {
      const fields = Object.fromEntries(
        [...record.matchAll(/COL (\S+) VAL (.*?)(?=\s*COL \S+ VAL |\s*$)/g)].map(([, field, value]) => [
          field,
          value.trim() || null,
        ]),
      );
      places.set(key, listings.length);
      listings.push({
        ...NOTHING,
        title: fields.title ?? fields.name ?? null,
        bullets: fields.description ?? null,
        brand: fields.manufacturer ?? fields.brand ?? null,
        price: amount(fields.price ?? null),
      });
    }
    return places.get(key);
  };
  const pairs = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [left, right, label] = line.split('\t');
      return { left: place('left', left), right: place('right', right), same: label.trim() === '1' };
    });
  return { name, listings, pairs };
}

function amount(text) {
  const number = Number(String(text ?? '').replace(/[^\d.]/g, ''));
  return number > 0 ? number : null;
}

/** Of the first 5 and 10: how many have the same leaf category, over products of categories that are large enough to fill them. */
async function rankProducts({ name, listings, labels }, trigrams) {
  const { SimilaritySet } = built('competitors/similarity.js');
  const size = new Map();
  for (const label of labels) size.set(label, (size.get(label) ?? 0) + 1);
  const ours = new SimilaritySet(listings);
  const cosines = titleCosines(listings);
  const similarities = await trigrams.nearest(listings.map(({ title }) => title ?? ''));
  const methods = {
    ours: (index) => ours.similarTo(index, 10).map((similar) => similar.index),
    'tf-idf cosine of titles': (index) => firstTen(cosines.all(index), index),
    'pg_trgm of titles': (index) => similarities[index],
  };
  return Object.entries(methods).flatMap(([method, ten]) => {
    const hits = listings.map((_, index) => ten(index).map((other) => labels[other] === labels[index]));
    return [5, 10].map((first) => {
      const judged = hits.filter((_, index) => size.get(labels[index]) > first);
      const value =
        judged.reduce((sum, one) => sum + one.slice(0, first).filter(Boolean).length / first, 0) / judged.length;
      return { dataset: name, method, metric: `precision at ${first}`, value };
    });
  });
}

async function rankPairs({ name, listings, pairs }, trigrams) {
  const { SimilaritySet } = built('competitors/similarity.js');
  const ours = new SimilaritySet(listings);
  const cosines = titleCosines(listings);
  const similarities = await trigrams.pairs(
    pairs.map(({ left, right }) => [listings[left].title ?? '', listings[right].title ?? '']),
  );
  const methods = {
    ours: ({ left, right }) => ours.pair(left, right)?.score ?? 0,
    'tf-idf cosine of titles': ({ left, right }) => cosines.pair(left, right),
    'pg_trgm of titles': (_, index) => similarities[index],
  };
  return Object.entries(methods).flatMap(([method, score]) => {
    const scored = pairs.map((pair, index) => ({ ...pair, score: score(pair, index) }));
    return [
      { dataset: name, method, metric: 'average precision', value: averagePrecision(scored) },
      { dataset: name, method, metric: 'mean reciprocal rank', value: reciprocalRank(scored) },
    ];
  });
}

function averagePrecision(scored) {
  let found = 0;
  let sum = 0;
  [...scored]
    .sort((a, b) => b.score - a.score)
    .forEach(({ same }, index) => {
      if (same) sum += ++found / (index + 1);
    });
  return sum / found;
}

/** Of the first true match among the candidates of each left side that has one and others. */
function reciprocalRank(scored) {
  const ranks = Object.values(grouped(scored)).flatMap((candidates) => {
    if (candidates.every(({ same }) => same) || candidates.every(({ same }) => !same)) return [];
    return [1 / (1 + candidates.sort((a, b) => b.score - a.score).findIndex(({ same }) => same))];
  });
  return ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
}

function grouped(scored) {
  const groups = {};
  for (const pair of scored) (groups[pair.left] ??= []).push(pair);
  return groups;
}

/** The textbook's: words by count and ln(1 + documents / documents that have it). */
function titleCosines(listings) {
  const { wordsOf } = built('common/words.js');
  const counts = listings.map(({ title }) => {
    const count = new Map();
    for (const word of wordsOf(title ?? '')) count.set(word, (count.get(word) ?? 0) + 1);
    return count;
  });
  const having = new Map();
  for (const count of counts) for (const word of count.keys()) having.set(word, (having.get(word) ?? 0) + 1);
  const vectors = counts.map((count) => {
    const weights = [...count].map(([word, times]) => [word, times * Math.log(1 + listings.length / having.get(word))]);
    const length = Math.hypot(...weights.map(([, weight]) => weight)) || 1;
    return new Map(weights.map(([word, weight]) => [word, weight / length]));
  });
  const pair = (a, b) => [...vectors[a]].reduce((sum, [word, weight]) => sum + weight * (vectors[b].get(word) ?? 0), 0);
  return { pair, all: (index) => listings.map((_, other) => pair(index, other)) };
}

function firstTen(scores, own) {
  return scores
    .map((score, index) => ({ score, index }))
    .filter(({ index }) => index !== own)
    .sort((a, b) => b.score - a.score)
    .slice(0, 10)
    .map(({ index }) => index);
}

/** PostgreSQL's own trigrams. */
const withTrigrams = (work) =>
  withServer({ fsync: 'off' }, async (url) => {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.query('CREATE EXTENSION IF NOT EXISTS pg_trgm');
      await work({
        nearest: async (titles) => {
          await client.query('DROP TABLE IF EXISTS titles');
          await client.query(
            'CREATE TABLE titles AS SELECT title, (place - 1)::int AS place FROM unnest($1::text[]) WITH ORDINALITY AS t(title, place)',
            [titles],
          );
          await client.query('CREATE INDEX ON titles USING gist (title gist_trgm_ops)');
          const { rows } = await client.query(
            `SELECT a.place, ARRAY(SELECT b.place FROM titles b WHERE b.place <> a.place ORDER BY b.title <-> a.title LIMIT 10) AS others
           FROM titles a ORDER BY a.place`,
          );
          return rows.map(({ others }) => others);
        },
        pairs: async (pairs) => {
          const { rows } = await client.query(
            `SELECT similarity(a, b) AS near FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t(a, b, place) ORDER BY place`,
            [pairs.map(([a]) => a), pairs.map(([, b]) => b)],
          );
          return rows.map(({ near }) => near);
        },
      });
    } finally {
      await client.end().catch(() => {});
    }
  });
