// Bundles entry.js into the file that the review page loads. The same packages give the same bytes.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const { dependencies } = JSON.parse(readFileSync("package.json", "utf-8"));
const versions = Object.entries(dependencies).map(([name, version]) => `${name} ${version}`).join(", ");
const banner = `/*! ${versions}; MIT License, Copyright (C) 2018 by Marijn Haverbeke <marijn@haverbeke.berlin> and others;
 see codemirror.LICENSE. Built by tools/codemirror. */`;

await build({
  entryPoints: ["entry.js"],
  outfile: process.argv[2] ?? "../../pipeline/review/page/codemirror.min.js",
  bundle: true,
  format: "esm",
  minify: true,
  target: ["chrome109", "firefox115", "safari16"],
  charset: "utf8",
  legalComments: "none",
  banner: { js: banner },
});
