export { createDrift, type DriftOptions } from "./createDrift.ts";
export { createGaussian } from "./createGaussian.ts";
export { dipoleField } from "./dipoleField.ts";
export { type LawnMower, lawnMowerPath, type PathPoint } from "./lawnMowerPath.ts";
export { mainField, type Place } from "./mainField.ts";
export type { EventCategory } from "./planEvents.ts";
export {
  type Survey,
  type SurveyColumns,
  type SurveyEvent,
  type SurveyOptions,
  simulateSurvey,
} from "./simulateSurvey.ts";
export { type CsvOptions, surveyToCsv } from "./surveyToCsv.ts";
export type { Vector3 } from "./vector3.ts";
