const ASIN_PATTERN = /^B0[A-Z0-9]{8}$/;
const ISBN10_PATTERN = /^\d{9}[\dX]$/;

/** Upper-cases and trims; the result is not yet known to be an ASIN. */
export function normalizeAsin(text: string): string {
  return text.trim().toUpperCase();
}

/** An ASIN is `B0` and eight letters or digits, or a valid ISBN-10 (books carry it as their ASIN). Expects upper case. */
export function isAsin(text: string): boolean {
  return ASIN_PATTERN.test(text) || (ISBN10_PATTERN.test(text) && hasIsbn10Checksum(text));
}

/** ISO 2108:1992: digits weighted 10 down to 1, X standing for ten in the last place, sum divisible by 11. */
function hasIsbn10Checksum(isbn: string): boolean {
  let sum = 0;
  for (let i = 0; i < 10; i++) {
    const char = isbn.charAt(i);
    sum += (10 - i) * (char === 'X' ? 10 : Number(char));
  }
  return sum % 11 === 0;
}
