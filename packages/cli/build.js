/** Bundles the command into one file. Plain JavaScript: the installation may run it on a Node without type stripping. */
import { build } from "esbuild"
import { mkdir, rename, writeFile } from "node:fs/promises"
import { builtinModules, createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const builtins = new RegExp(`^(node:)?(${builtinModules.filter((name) => !name.startsWith("_")).join("|")})$`)

/**
 * Loads Node's modules when the code that uses them first runs. As imports of one file they would all be loaded at its
 * start, node:http and all it stands on among them, for `--help` too.
 */
const lazyBuiltins = {
  name: "lazy-builtins",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: builtins }, ({ kind, path }) =>
      kind === "require-call" ? { path, external: true } : { path: path.replace(/^node:/, ""), namespace: "builtin" },
    )
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = require("node:${path}")`,
      loader: "js",
    }))
  },
}

/** The HTTP/1.1 client of undici, which is what kicks are sent with; the rest of the package is three quarters of it. */
const clientOfUndici = {
  name: "client-of-undici",
  setup: ({ onResolve }) => {
    const ofTransport = createRequire(createRequire(import.meta.url).resolve("@genauth-effect/undici/UndiciHttpClient"))
    onResolve({ filter: /^undici$/ }, () => ({ path: fileURLToPath(new URL("undici.js", import.meta.url)) }))
    onResolve({ filter: /^undici\// }, ({ path }) => ({ path: ofTransport.resolve(path) }))
  },
}

const { outputFiles } = await build({
  entryPoints: ["src/bin.ts"],
  outfile: "dist/genauth-kick.js",
  bundle: true,
  write: false,
  minify: true,
  format: "esm",
  platform: "node",
  target: "node22.19",
  legalComments: "linked",
  logLevel: "warning",
  plugins: [lazyBuiltins, clientOfUndici],
  // CommonJS inside the bundle asks for Node's own modules by require. Without -- Node takes --env-file for its own.
  banner: {
    js: '#!/usr/bin/env -S node --\nimport { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
  },
})

// Moved into place, so that a command that starts meanwhile finds all of it.
await mkdir("dist", { recursive: true })
for (const { contents, path } of outputFiles) {
  const aside = `${path}.${process.pid}`
  await writeFile(aside, contents, { mode: path.endsWith(".js") ? 0o755 : 0o644 })
  await rename(aside, path)
}
