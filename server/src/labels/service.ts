/** What other domains may ask of labels. */
export { createDefaultCategories } from "./defaultCategories.ts";
