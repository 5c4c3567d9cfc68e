import type { FeatureGroup } from "./featureGroup.ts";
import { symmetricEigenvalues } from "./symmetricEigenvalues.ts";
import type { WindowRows } from "./windowRows.ts";

/**
 * How the three components move together: with attitude kept, their correlations; always the shares of variance
 * along the first and the last principal axis, which turning the sensor does not change. A component that is
 * constant correlates 0; of no variance at all the shares are 1 and 0. Cost O(n) a window.
 */
export function axisFeatures(withCorrelations: boolean): FeatureGroup {
  const correlations = withCorrelations ? ["correlation_xy", "correlation_xz", "correlation_yz"] : [];

  function write(rows: WindowRows, out: Float32Array, at: number): void {
    const { x, y, z, valid, length, validCount } = rows;
    let mx = 0;
    let my = 0;
    let mz = 0;
    for (let i = 0; i < length; i++) {
      if (valid[i] === 0) continue;
      mx += x[i]!;
      my += y[i]!;
      mz += z[i]!;
    }
    mx /= validCount;
    my /= validCount;
    mz /= validCount;
    let xx = 0;
    let yy = 0;
    let zz = 0;
    let xy = 0;
    let xz = 0;
    let yz = 0;
    for (let i = 0; i < length; i++) {
      if (valid[i] === 0) continue;
      const dx = x[i]! - mx;
      const dy = y[i]! - my;
      const dz = z[i]! - mz;
      xx += dx * dx;
      yy += dy * dy;
      zz += dz * dz;
      xy += dx * dy;
      xz += dx * dz;
      yz += dy * dz;
    }
    let next = at;
    if (withCorrelations) {
      out[next++] = correlation(xy, xx, yy);
      out[next++] = correlation(xz, xx, zz);
      out[next++] = correlation(yz, yy, zz);
    }
    const total = xx + yy + zz;
    const [largest, , smallest] = symmetricEigenvalues(xx, yy, zz, xy, xz, yz);
    out[next] = total > 0 ? largest / total : 1;
    out[next + 1] = total > 0 ? Math.max(0, smallest / total) : 0;
  }

  return { names: [...correlations, "first_axis_share", "last_axis_share"], write };
}

function correlation(product: number, a: number, b: number): number {
  const scale = Math.sqrt(a * b);
  return scale > 0 ? product / scale : 0;
}
