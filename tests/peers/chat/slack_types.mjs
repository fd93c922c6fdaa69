// Whether the body of a post is what the vendor's types allow. Reads lines of JSON, answers each with
// "ok" or with what the compiler says.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const ts = require("typescript");
const options = {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
};
const file = fileURLToPath(new URL("./emitted.mts", import.meta.url));
const disk = ts.createCompilerHost(options);

function check(body) {
  const source = `import type { ChatPostMessageArguments } from "@slack/web-api";\n` +
    `export const body: ChatPostMessageArguments = ${body};\n`;
  const host = {
    ...disk,
    fileExists: (name) => name === file || disk.fileExists(name),
    readFile: (name) => (name === file ? source : disk.readFile(name)),
    getSourceFile: (name, version) =>
      name === file ? ts.createSourceFile(name, source, version) : disk.getSourceFile(name, version),
  };
  const problems = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return problems.map((each) => ts.flattenDiagnosticMessageText(each.messageText, " ")).join(" | ");
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(check(line).slice(0, 1000) || "ok");
}
