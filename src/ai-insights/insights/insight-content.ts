import { Abstention, Claim } from '../claims/claim';

/** What an insight says. */
export interface InsightContent {
  /** Some of its evidence is of the sandbox. */
  simulated: boolean;
  claims: Claim[];
  abstentions: Abstention[];
}
