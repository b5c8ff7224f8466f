// GitHub's toolkit as the judge: the reader of outputs against what @actions/core writes, and the emulator's id-token
// endpoint against what @actions/core asks.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as core from "@actions/core";
import { read } from "./outputs.mjs";

const file = join(mkdtempSync(join(tmpdir(), "outputs-")), "output");
writeFileSync(file, "");
process.env.GITHUB_OUTPUT = file;
const values = { "operation-path": "/api/operations/contoso$offer$2$preview?a=b<<c", empty: "", lines: "one\ntwo\n\n=three", equals: "a=b" };
for (const [name, value] of Object.entries(values)) core.setOutput(name, value);
assert.deepEqual(read(readFileSync(file, "utf8")), values);

const token = await core.getIDToken("api://AzureADTokenExchange");
const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
assert.equal(claims.aud, "api://AzureADTokenExchange");
