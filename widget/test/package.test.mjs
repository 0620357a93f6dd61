// @vitest-environment node
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

const widget = dirname(dirname(fileURLToPath(import.meta.url)));
const site = mkdtempSync(join(tmpdir(), "flowback-site-"));
const run = (command, ...args) =>
  execFileSync(command, args, { cwd: site, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** Packs the package as npm would publish it, and puts it into a site's folder. */
beforeAll(() => {
  const told = execFileSync("npm", ["pack", "--json", "--pack-destination", site], {
    cwd: widget,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const name = /"filename": "(.*?)"/.exec(told)[1];
  mkdirSync(join(site, "node_modules/flowback"), { recursive: true });
  run("tar", "-xzf", name, "-C", "node_modules/flowback", "--strip-components=1");
  writeFileSync(join(site, "package.json"), '{"type": "module"}');
}, 60_000);

describe("the npm package", () => {
  it("is imported where there is no page, and touches nothing", () => {
    const code = `import * as all from "flowback";
      console.log(Object.keys(all).join(), typeof window);
      try { all.start({ projectId: "p", key: "k", apiUrl: "https://edge.example" }); }
      catch (error) { console.log(error.name); }`;
    expect(run("node", "--input-type=module", "-e", code)).toBe(
      "start undefined\nReferenceError\n",
    );
  });

  it("is bundled", async () => {
    writeFileSync(join(site, "page.js"), 'import { start } from "flowback"; start({});');
    const { outputFiles, warnings } = await build({
      entryPoints: [join(site, "page.js")],
      bundle: true,
      format: "esm",
      write: false,
    });
    expect(warnings).toEqual([]);
    expect(outputFiles[0].text).toContain("flowback-widget");
  });

  it.each(["bundler", "nodenext"])("has types that resolve as %s does", (resolution) => {
    writeFileSync(
      join(site, "page.ts"),
      `import { start, type Config, type Flowback } from "flowback";
       const rules: Config["rules"] = [{ on: "rage_click", sampleRate: 0.5 }];
       const widget: Flowback = start({ projectId: "p", key: "k", apiUrl: "/edge", rules });
       const state: "pending" | "granted" | "denied" | "withdrawn" = widget.consent.state;
       // @ts-expect-error without a project there is no edge
       start({ key: state, apiUrl: "/edge" });`,
    );
    const module = resolution === "bundler" ? "esnext" : "nodenext";
    const how = ["--module", module, "--moduleResolution", resolution];
    const tsc = join(widget, "node_modules/typescript/bin/tsc");
    run(process.execPath, tsc, "--noEmit", "--strict", "--types", "", ...how, "page.ts");
  });
});
