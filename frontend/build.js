// Compiles main.scss, portal.js, uploads.js and verify.js into ../static. Run through `npm run build`.
import { build } from "esbuild";
import { writeFileSync } from "node:fs";
import { compile } from "sass";

const css = compile("main.scss", {
  style: "compressed",
  quietDeps: true,
  loadPaths: [".", "node_modules"],
});
writeFileSync("../static/main.css", `${css.css}\n`);

const GOVUK = "govuk-frontend, MIT licence, Copyright (C) 2017 Crown Copyright (Government Digital Service)";
const TUS = "tus-js-client, MIT licence, Copyright (C) 2015-2016 tus - Resumable File Uploads; js-base64, url-parse";
const NOBLE = "@noble/hashes, MIT licence, Copyright (C) 2022 Paul Miller (paulmillr.com)";

for (const [name, parts] of [["portal.js", GOVUK], ["uploads.js", TUS], ["verify.js", NOBLE]]) {
  await build({
    entryPoints: [name],
    outfile: `../static/${name}`,
    bundle: true,
    format: "esm",
    minify: true,
    target: ["es2020"],
    charset: "utf8",
    legalComments: "none",
    banner: { js: `/* Contains parts of ${parts} */` },
  });
}
