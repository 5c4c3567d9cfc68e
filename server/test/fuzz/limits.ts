import { readConfig } from "../../src/config.ts";
import { ingestLimits } from "../../src/datasets/ingestLimits.ts";

/** As an installation has them that changes nothing. */
export const PRODUCT_LIMITS = ingestLimits(readConfig({}));
