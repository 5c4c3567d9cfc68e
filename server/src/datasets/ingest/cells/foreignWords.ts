/** Words of other languages that stand for ours in a column's name; the longer before those they contain. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/zeitstempel|时间戳|時間戳|타임스탬프/g, "timestamp"],
  [
    /datum ?(und ?)?(uhr)?zeit|fecha ?(y ?)?hora|date ?(et ?)?heure|data ?(e ?)?ora|дата ?(и ?)?время|日期时间|日時/g,
    "datetime",
  ],
  [/uhrzeit|时间|時間|时刻|時刻|시간|время/g, "_time_"],
  [/(?<!\p{L})(zeit|temps|heure|tiempo|hora|tempo|ora|czas|tijd|tid)(?!\p{L})/gu, "_time_"],
  [/^(datum|fecha|дата|日期)$/g, "date"],
  [/magnet(isches ?)?feld(st(ä|ae|a)rke)?|magnetische ?flussdichte|flussdichte/g, "_magnetic_field_"],
  [/(champ|champs)( ?magn(é|e)tique)?|induction ?magn(é|e)tique/g, "_magnetic_field_"],
  [/campo( ?magn(é|e)tico)?|camp ?magnetic\b/g, "_magnetic_field_"],
  [/(магнитное ?)?поле|магнитн[а-я]+ ?индукци[а-я]+|индукция/g, "_magnetic_field_"],
  [/磁场强度|磁感应强度|磁场|磁場|磁気|자기장/g, "_magnetic_field_"],
  [/(geomagnetisches ?)?\bfeld(st(ä|ae|a)rke)?/g, "_field_"],
  [/(?<!\p{L})(achse|axe|eje|asse|ось)(?!\p{L})|轴|軸/gu, "_axis_"],
  [/breitengrad|geogr? ?breite|широта|纬度|緯度|latitud$|latitudine/g, "latitude"],
  [/l(ä|ae)ngengrad|geogr? ?l(ä|ae)nge|долгота|经度|経度|longitud$|longitudine/g, "longitude"],
  [/^(h(ö|oe)he|altura|altitud|altitudine|quota|высота|高度|海拔)$/g, "altitude"],
];

/** A column's key with words of other languages put in English. */
export function inEnglish(key: string): string {
  if (key.length > 80) return key;
  const plain = key.replaceAll("_", " ");
  let text = plain;
  for (const [word, ours] of WORDS) text = text.replace(word, ours);
  return text === plain ? key : text.replace(/[\s_]+/g, "_").replace(/^_+|_+$/g, "");
}
