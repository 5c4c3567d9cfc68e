declare module "pg/lib/utils.js" {
  const utils: {
    /** As pg turns a parameter into what is sent: dates, arrays, buffers, objects. */
    prepareValue(value: unknown): string | Buffer | null;
  };
  export default utils;
}
