/** One Schmidt semi-normalised Gauss pair at 2025.0, nT, with its yearly change to 2030, nT a year. */
export interface GaussPair {
  readonly degree: number;
  readonly order: number;
  readonly gNt: number;
  readonly hNt: number;
  readonly gNtPerYear: number;
  readonly hNtPerYear: number;
}

/**
 * Degrees 1 to 3 of IGRF-14, main field 2025.0 and secular variation 2025–2030.
 * Source: IAGA Working Group V-MOD, igrf14coeffs.txt (2024), doi:10.5281/zenodo.14218973.
 */
export const igrf14: readonly GaussPair[] = [
  { degree: 1, order: 0, gNt: -29350.0, hNt: 0, gNtPerYear: 12.6, hNtPerYear: 0 },
  { degree: 1, order: 1, gNt: -1410.3, hNt: 4545.5, gNtPerYear: 10.0, hNtPerYear: -21.5 },
  { degree: 2, order: 0, gNt: -2556.2, hNt: 0, gNtPerYear: -11.2, hNtPerYear: 0 },
  { degree: 2, order: 1, gNt: 2950.9, hNt: -3133.6, gNtPerYear: -5.3, hNtPerYear: -27.3 },
  { degree: 2, order: 2, gNt: 1648.7, hNt: -814.2, gNtPerYear: -8.3, hNtPerYear: -11.1 },
  { degree: 3, order: 0, gNt: 1360.9, hNt: 0, gNtPerYear: -1.5, hNtPerYear: 0 },
  { degree: 3, order: 1, gNt: -2404.2, hNt: -56.9, gNtPerYear: -4.4, hNtPerYear: 3.8 },
  { degree: 3, order: 2, gNt: 1243.8, hNt: 237.6, gNtPerYear: 0.4, hNtPerYear: -0.2 },
  { degree: 3, order: 3, gNt: 453.4, hNt: -549.6, gNtPerYear: -15.6, hNtPerYear: -3.9 },
];
