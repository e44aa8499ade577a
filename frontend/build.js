// Compiles main.scss and portal.js into ../static. Run through `npm run build`.
import { build } from "esbuild";
import { writeFileSync } from "node:fs";
import { compile } from "sass";

const css = compile("main.scss", {
  style: "compressed",
  quietDeps: true,
  loadPaths: [".", "node_modules"],
});
writeFileSync("../static/main.css", `${css.css}\n`);

await build({
  entryPoints: ["portal.js"],
  outfile: "../static/portal.js",
  bundle: true,
  format: "esm",
  minify: true,
  target: ["es2020"],
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* Contains parts of govuk-frontend, MIT licence, Copyright (C) 2017 Crown Copyright (Government Digital Service) */" },
});
