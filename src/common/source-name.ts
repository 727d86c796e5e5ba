/** Where a number came from. `import` is a file a user brought; `sandbox` is simulated and never mixes with the others. */
export const SOURCE_IDS = { sandbox: 1, keepa: 2, import: 3, firecrawl: 4, 'sp-api': 5 } as const;
export type SourceName = keyof typeof SOURCE_IDS;
