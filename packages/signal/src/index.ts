export { createRandom } from "./createRandom.ts";
