/**
 * What a listing's rating would settle at, in stars: its mean with one rating of each star from 1 to 5 added, which is the expected
 * mean under a uniform Dirichlet prior (Miller 2014, "Ranking Items With Star Ratings"). Few ratings are drawn towards 3, many
 * are not: 4.9 of 12 gives 4.34, 4.6 of 9,000 gives 4.60.
 * @param stars mean of the ratings, 1 to 5
 * @param count how many there are
 */
export function ratingEstimate(stars: number, count: number): number {
  return (stars * count + PRIOR_SUM) / (count + PRIOR_COUNT);
}

const PRIOR_COUNT = 5;
const PRIOR_SUM = 1 + 2 + 3 + 4 + 5;
