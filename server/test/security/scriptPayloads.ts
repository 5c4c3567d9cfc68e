/** Markup that would run or show up as an element, if anything took it for markup. Fits where 255 characters do. */
export const PAYLOAD =
  '"\'><img data-xss src=x onerror=xss(1)><svg data-xss onload=xss(2)></script><script data-xss>xss(3)</script>{{constructor.constructor("xss(4)")()}}';

/** Where an address might be made of it. */
export const ADDRESS_PAYLOAD = "javascript:xss(5)//<img data-xss src=x onerror=xss(6)>";

/** Where little room is. */
export const SHORT_PAYLOAD = "<img data-xss src=x onerror=xss(7)>";
