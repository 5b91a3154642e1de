// Writes the hash of each file of the page into index.html.
const { createHash } = require("node:crypto"), { readFileSync, writeFileSync } = require("node:fs"), { join } = require("node:path");

const folder = join(__dirname, "../../src/Hosting/Page"), index = join(folder, "index.html");
const hash = name => createHash("sha256").update(readFileSync(join(folder, name))).digest("base64");
writeFileSync(index, readFileSync(index, "utf8").replace(/="page\/([\w.]+)" integrity="[^"]*"/g, (_, name) => `="page/${name}" integrity="sha256-${hash(name)}"`));
