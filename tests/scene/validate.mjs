// Prints what Khronos' validator says of each glTF named on the command line, one JSON object in all.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, ...files] = process.argv.slice(2);
const validator = createRequire(`${modules}/`)("gltf-validator");
const reports = {};
for (const file of files) {
  const { issues } = await validator.validateBytes(new Uint8Array(readFileSync(file)), { maxIssues: 100 });
  reports[file] = { errors: issues.numErrors, warnings: issues.numWarnings, messages: issues.messages };
}
console.log(JSON.stringify(reports));
