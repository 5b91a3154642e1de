import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";

// The pages are docs/ as it is: links work in the repository and here.
const docs = new URL("../../../docs/", import.meta.url);

/** @param {string} page below docs/ */
function titled(page) {
    const text = readFileSync(new URL(page, docs), "utf8");
    return { text: /^# (.*)$/m.exec(text)?.[1] ?? page, link: `/${page.replace(/\.md$/, "")}` };
}

const pages = (/** @type {string} */ folder) => readdirSync(new URL(folder, docs)).filter(name => name.endsWith(".md")).sort();

export default defineConfig({
    title: "Blindsight",
    description: "Secure neural-network inference for .NET",
    srcDir: "../../docs",
    outDir: "../../artifacts/site",
    cacheDir: "../../artifacts/site-cache",
    // Files outside of docs/ are pages of the repository, not of this site.
    ignoreDeadLinks: [/\.\.\//, /^\.\/\.\.\//],
    // The pages lie above this folder's packages, and find them here.
    vite: { resolve: { alias: { vue: fileURLToPath(new URL("../node_modules/vue", import.meta.url)) } } },
    rewrites: { "LIBRARY.md": "index.md" },
    themeConfig: {
        search: { provider: "local" },
        outline: [2, 3],
        sidebar: [
            { text: "Guides", items: pages(".").map(page => page === "LIBRARY.md" ? { ...titled(page), link: "/" } : titled(page)) },
            { text: "Decisions", collapsed: true, items: pages("decisions").map(page => titled(`decisions/${page}`)) },
        ],
    },
});
