/** Most bins a feature may have, and the distance between two features' edges in `BinnedData.edges`. */
export const BIN_STRIDE = 255;
