import { mean } from 'simple-statistics';
import { studentTail } from './student';

/**
 * How likely a series of differences has a mean of at least what it has when its true mean is 0, whatever the correlation of
 * neighbouring ones: the test of Diebold and Mariano 1995, "Comparing predictive accuracy", with the variance from the first
 * cube root of n frequencies, for which the statistic follows Student's t also in short series (Coroneo and Iacone 2020, "Comparing
 * predictive accuracy in small samples using fixed-smoothing asymptotics").
 * @returns one-sided p-value; 1 when there is nothing to tell
 */
export function dieboldMariano(differences: readonly number[]): number {
  const count = differences.length;
  const frequencies = Math.floor(Math.cbrt(count));
  if (frequencies < 2) return 1;
  const average = mean([...differences]);
  let spectrum = 0;
  for (let frequency = 1; frequency <= frequencies; frequency++) {
    const angle = (2 * Math.PI * frequency) / count;
    let [cosines, sines] = [0, 0];
    differences.forEach((difference, place) => {
      cosines += (difference - average) * Math.cos(angle * place);
      sines += (difference - average) * Math.sin(angle * place);
    });
    spectrum += (cosines * cosines + sines * sines) / count;
  }
  const variance = spectrum / frequencies / count;
  if (variance === 0) return average > 0 ? 0 : 1;
  return studentTail(average / Math.sqrt(variance), 2 * frequencies);
}
